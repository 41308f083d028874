"""A conversation's title, made from its first message: no model is asked, so it costs nothing.

The first sentence that says something, without what people put around a wish ("Hi! Can you please…") where that is
surely English. Texts of other languages stay whole. No expression here may take more time than a text is long.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.translation import gettext

from chat.conversations.filler_words import ASKS_TO, FILLERS, SAYS_NOTHING, THANKS
from chat.conversations.plain_text import plain_text

LONGEST = 60  # characters
LOOKED_AT = 4_000  # characters of a text

END = re.compile(r"(?<=[!?…])\s+|(?<=[。！？])|(?<=[^\s.][a-z0-9)\]\"'”]\.)\s+(?=[^a-z\s])")
ABBREVIATED = (" e.g.", " i.e.", " vs.", " etc.", " dr.", " mr.", " mrs.", " ms.", " no.", " prof.", " st.", " fig.")
ADDRESS = re.compile(r"(?:(?:https?|ftp)://|www\.)\S+", re.IGNORECASE)
PATH = re.compile(r"(?:~|\.{1,2})?(?:/[\w.@+-]+){2,}/?|[\w.@-]+(?:/[\w.@+-]+)+\.\w{1,5}|[A-Za-z]:(?:[\\/][\w .@+-]+)+")
AROUND = "()[]{}<>\"'“”‘’«»,;:!?"


def title_from(text: str) -> str:
    """A title for a message with this text, at most LONGEST characters; "Image" where it has none."""
    for line in _lines(text[:LOOKED_AT]):
        for sentence in _sentences(line):
            if title := _without_fillers(sentence):
                return shortened(title)
    return shortened(" ".join(plain_text(text[:LOOKED_AT]).split()) or " ".join(text.split()) or gettext("Image"))


def shortened(line: str) -> str:
    """Whole words of a line, at most LONGEST characters."""
    if len(line) <= LONGEST:
        return line
    whole_words, _, _ = line[:LONGEST].rpartition(" ")
    whole_words = whole_words if len(whole_words) > LONGEST // 2 else line[: LONGEST - 1]
    return whole_words[: LONGEST - 1].rstrip(" ,;:.–-") + "…"


def _lines(text: str) -> Iterator[str]:
    """Without blocks of code, which come last: for who sends nothing else."""
    said: list[str] = []
    code: list[str] = []
    is_code = False
    for line in text.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
        else:
            (code if is_code else said).append(line)
    for line in plain_text("\n".join(said)).split("\n"):
        yield _shortened(" ".join(line.split()))
    yield from (" ".join(line.split()) for line in code)


def _sentences(line: str) -> Iterator[str]:
    begun = ""
    for part in END.split(line):
        begun = f"{begun} {part}" if begun else part
        if not f" {begun.lower()}".endswith(ABBREVIATED):
            yield begun
            begun = ""
    if begun:
        yield begun


def _without_fillers(sentence: str) -> str:
    """What a sentence says; empty where that is nothing."""
    said = sentence.strip()
    if SAYS_NOTHING.fullmatch(said.rstrip(".!?, :")):
        return ""
    is_wish = False
    while filler := next((match for each in FILLERS if (match := each.match(said)) and match.end() < len(said)), None):
        is_wish |= ASKS_TO.match(filler[0]) is not None
        said = said[filler.end() :].lstrip()
    said = THANKS.sub("", said).rstrip(" .:;,。" + "?!" * is_wish)
    if SAYS_NOTHING.fullmatch(said.rstrip(".!?, ")) or not _has_word(said):
        return ""
    return said if sentence.startswith(said) else said[0].upper() + said[1:]


def _shortened(line: str) -> str:
    """With the host alone of each address, and the name alone of each file."""
    return " ".join(_short_path(word) for word in ADDRESS.sub(_host, line).split(" "))


def _host(match: re.Match[str]) -> str:
    address = match[0].rstrip(".,;:!?)]}>\"'”»")
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname
    except ValueError:
        host = None
    return (host.removeprefix("www.") if host else address) + match[0][len(address) :]


def _short_path(word: str) -> str:
    core = word.strip(AROUND).rstrip(".")
    if not PATH.fullmatch(core):
        return word
    name = re.split(r"[\\/]", core.rstrip("/\\"))[-1]
    return word.replace(core, name)


def _has_word(text: str) -> bool:
    return any(character.isalnum() for character in text)
