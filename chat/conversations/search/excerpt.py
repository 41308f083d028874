"""The part of a text in which something was found, in pieces that a template can mark and escape."""

import re
import unicodedata
from dataclasses import dataclass

from chat.conversations.search.words import Term

BEFORE, LENGTH = 60, 220  # characters
MARKDOWN = re.compile(
    r"\*\*|`+|^\s*(?:#+|>|[-*]) |^\s*\|[-:| ]+\|\s*$", re.MULTILINE
)  # says nothing in one line of text
MARKS = "[\u0300-\u036f]*"  # accents that are characters of their own


@dataclass(frozen=True)
class Piece:
    text: str
    is_match: bool = False


class _Folding(dict[int, int]):
    """For str.translate: each character without case and accents, as one character, so that places stay the same."""

    def __missing__(self, code: int) -> int:
        plain = unicodedata.normalize("NFKD", chr(code))[0].casefold()
        self[code] = ord(plain[0])
        return self[code]


FOLDING = _Folding()


def excerpt(text: str, terms: list[Term]) -> list[Piece]:
    """A line or two around the first of the terms; the beginning where none is found."""
    patterns = [_pattern(term) for term in terms]
    folded = text.translate(FOLDING)
    places = [match.start() for pattern in patterns if (match := pattern.search(folded))]
    cut = _cut(text, min(places, default=0))
    return _marked(cut, re.compile("|".join(pattern.pattern for pattern in patterns)))


def _pattern(term: Term) -> re.Pattern[str]:
    folded = term.text.translate(FOLDING)
    if term.is_part:
        return re.compile(re.escape(folded))
    words = [MARKS.join(map(re.escape, word)) + MARKS for word in re.findall(r"[^\W_]+", folded)]
    return re.compile(r"(?<![^\W_])" + r"[\W_]+".join(words) + (r"(?![^\W_])" if term.is_exact else r"[^\W_]*"))


def _cut(text: str, place: int) -> str:
    start = max(0, place - BEFORE)
    if start:  # not in the middle of a word, where there are words
        space = re.search(r"\s", text[start:place])
        start += space.end() if space else 0
    part = text[start : start + 2 * LENGTH]  # some of it goes with the Markdown
    plain = " ".join(MARKDOWN.sub("", part).split())
    is_whole = len(plain) <= LENGTH and start + 2 * LENGTH >= len(text)
    end = plain if is_whole else plain[:LENGTH].rstrip() + "…"
    return f"…{end}" if start else end


def _marked(line: str, pattern: re.Pattern[str]) -> list[Piece]:
    pieces, done = [], 0
    for match in pattern.finditer(line.translate(FOLDING)):
        pieces += [Piece(line[done : match.start()]), Piece(line[match.start() : match.end()], is_match=True)]
        done = match.end()
    return [piece for piece in [*pieces, Piece(line[done:])] if piece.text]
