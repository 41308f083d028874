"""Small catalogues, made for a test: some words of German, enough to see which language a page speaks."""

from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import write_po

Words = dict[str, str | tuple[str, ...]]

NBSP = "\N{NO-BREAK SPACE}"
IMAGE = "Vom Modell gemachtes Bild"
GERMAN: Words = {
    "Account": "Konto",
    "Answer complete, %(words)s word": ("Fertig, %(words)s Wort", "Fertig, %(words)s Wörter"),
    "Copy answer": "Antwort kopieren",
    "free": "umsonst",
    "New chat": "Neues Gespräch",
    "Image made by the model: %(question)s": f"{IMAGE}: %(question)s",
    "Previous 7 days": "Letzte 7 Tage",
    "Send": "Senden",
    "This page has expired": "Diese Seite ist zu alt",
    "Thought for {seconds} s": "{seconds} s nachgedacht",
    "Today": "Heute",
    "%(seconds)s s": "%(seconds)s Sek.",
    "+ ~{page} per 500 words": "+ ~{page} je 500 Wörter",
    "{model} isn't responding right now.": "{model} antwortet gerade nicht.",
}
PLURALS = {"Answer complete, %(words)s word": "Answer complete, %(words)s words"}


def write_catalogue(folder: Path, language: str, words: Words) -> Path:
    """Write a catalogue as a translator hands it in: `<folder>/<language>/LC_MESSAGES/django.po`."""
    catalog = Catalog(locale=language)
    for said, meant in words.items():
        catalog.add((said, PLURALS[said]) if said in PLURALS else said, meant)
    path = folder / language / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog)
    return path
