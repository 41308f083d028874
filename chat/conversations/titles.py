"""Makes a chat's title from its first message, without asking a model, so that it costs nothing.

The title is the first sentence with content, without English filler phrases ("Hi! Can you please…"). Texts in other
languages are not changed. Each expression here must take time in proportion to the length of the text.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.translation import gettext

from chat.conversations.filler_words import EMPTY_PHRASE, FILLERS, REQUEST, THANKS
from chat.conversations.plain_text import plain_text

MAX_CHARACTERS = 60  # characters
MAX_CHARACTERS_READ = 4_000  # of a text

END_OF_SENTENCE = re.compile(r"(?<=[!?…])\s+|(?<=[。！？])|(?<=[^\s.][a-z0-9)\]\"'”]\.)\s+(?=[^a-z\s])")
ABBREVIATIONS = (" e.g.", " i.e.", " vs.", " etc.", " dr.", " mr.", " mrs.", " ms.", " no.", " prof.", " st.", " fig.")
ADDRESS = re.compile(r"(?:(?:https?|ftp)://|www\.)\S+", re.IGNORECASE)
PATH = re.compile(r"(?:~|\.{1,2})?(?:/[\w.@+-]+){2,}/?|[\w.@-]+(?:/[\w.@+-]+)+\.\w{1,5}|[A-Za-z]:(?:[\\/][\w .@+-]+)+")
PUNCTUATION = "()[]{}<>\"'“”‘’«»,;:!?"


def title_from(text: str) -> str:
    """A title for a message with this text, at most MAX_CHARACTERS long; "Image" when the text is empty."""
    for line in _lines(text[:MAX_CHARACTERS_READ]):
        for sentence in _sentences(line):
            if title := _without_fillers(sentence):
                return shorten(title)
    return shorten(
        " ".join(plain_text(text[:MAX_CHARACTERS_READ]).split()) or " ".join(text.split()) or gettext("Image")
    )


def shorten(line: str) -> str:
    """The first words of a line, at most MAX_CHARACTERS characters."""
    if len(line) <= MAX_CHARACTERS:
        return line
    whole_words, _, _ = line[:MAX_CHARACTERS].rpartition(" ")
    whole_words = whole_words if len(whole_words) > MAX_CHARACTERS // 2 else line[: MAX_CHARACTERS - 1]
    return whole_words[: MAX_CHARACTERS - 1].rstrip(" ,;:.–-") + "…"


def _lines(text: str) -> Iterator[str]:
    """The lines of the text as plain text; those of code blocks last, in case there is nothing else."""
    prose: list[str] = []
    code: list[str] = []
    is_code = False
    for line in text.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
        else:
            (code if is_code else prose).append(line)
    for line in plain_text("\n".join(prose)).split("\n"):
        yield _shorten_addresses(" ".join(line.split()))
    yield from (" ".join(line.split()) for line in code)


def _sentences(line: str) -> Iterator[str]:
    sentence = ""
    for part in END_OF_SENTENCE.split(line):
        sentence = f"{sentence} {part}" if sentence else part
        if not f" {sentence.lower()}".endswith(ABBREVIATIONS):
            yield sentence
            sentence = ""
    if sentence:
        yield sentence


def _without_fillers(sentence: str) -> str:
    """The sentence without filler phrases; empty when nothing is left."""
    rest = sentence.strip()
    if EMPTY_PHRASE.fullmatch(rest.rstrip(".!?, :")):
        return ""
    is_request = False
    while filler := next((match for each in FILLERS if (match := each.match(rest)) and match.end() < len(rest)), None):
        is_request |= REQUEST.match(filler[0]) is not None
        rest = rest[filler.end() :].lstrip()
    rest = THANKS.sub("", rest).rstrip(" .:;,。" + "?!" * is_request)
    if EMPTY_PHRASE.fullmatch(rest.rstrip(".!?, ")) or not _has_word(rest):
        return ""
    return rest if sentence.startswith(rest) else rest[0].upper() + rest[1:]


def _shorten_addresses(line: str) -> str:
    """The line with only the host of each web address, and only the file name of each path."""
    return " ".join(_short_path(word) for word in ADDRESS.sub(_host, line).split(" "))


def _host(match: re.Match[str]) -> str:
    address = match[0].rstrip(".,;:!?)]}>\"'”»")
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname
    except ValueError:
        host = None
    return (host.removeprefix("www.") if host else address) + match[0][len(address) :]


def _short_path(word: str) -> str:
    core = word.strip(PUNCTUATION).rstrip(".")
    if not PATH.fullmatch(core):
        return word
    name = re.split(r"[\\/]", core.rstrip("/\\"))[-1]
    return word.replace(core, name)


def _has_word(text: str) -> bool:
    return any(character.isalnum() for character in text)
