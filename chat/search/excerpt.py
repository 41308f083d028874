"""The part of a text in which something was found, in pieces that a template can mark and escape."""

from collections.abc import Iterator
from dataclasses import dataclass

from chat.conversations.plain_text import plain_text
from chat.search.folding import compose, fold, words_of
from chat.search.query import Term

BEFORE, LENGTH = 60, 220  # characters
WINDOW, OVERLAP = 800, 250  # characters that are looked through at once; a longer term may not be marked


@dataclass(frozen=True)
class Piece:
    text: str
    is_match: bool = False


def excerpt(text: str, terms: list[Term]) -> list[Piece]:
    """A line or two around the first of the terms, without Markdown; the beginning where none is found.

    What stands only in the marks, in an address say, is shown with them.
    """
    for shown in (plain_text(text), text):
        shown = compose(" ".join(shown.split()))
        place = _place(shown, terms)
        if place is not None:
            return marked(_cut(shown, place), terms)
    return marked(_cut(compose(" ".join(plain_text(text).split())), 0), terms)


def marked(line: str, terms: list[Term]) -> list[Piece]:
    """All of a line, with each of the terms in it as a piece of its own."""
    line = compose(line)
    pieces, done = [], 0
    for start, end in _matches(line, terms):
        pieces += [Piece(line[done:start]), Piece(line[start:end], is_match=True)]
        done = end
    return [piece for piece in [*pieces, Piece(line[done:])] if piece.text]


def _matches(line: str, terms: list[Term]) -> Iterator[tuple[int, int]]:
    """Where the terms are, in order; what overlaps is one."""
    words = words_of(line)
    folded = f" {' '.join(word.text for word in words)} "
    found = sorted(
        (words[first].start, words[last].end) for term in terms for first, last in _places_of_words(folded, term)
    )
    while found:
        start, end = found.pop(0)
        while found and found[0][0] < end:
            end = max(end, found.pop(0)[1])
        yield start, end


def _places_of_words(folded: str, term: Term) -> Iterator[tuple[int, int]]:
    """Of each place of a term the numbers of its first and its last word."""
    needle = _needle(term)
    place, number, counted = folded.find(needle), 0, 0
    while place >= 0:
        number += folded.count(" ", counted, place)
        yield number, number + term.text.count(" ")
        counted, place = place, folded.find(needle, place + len(needle) - 1)


def _needle(term: Term) -> str:
    return f" {term.text}" if term.is_beginning else f" {term.text} "


def _place(line: str, terms: list[Term]) -> int | None:
    """Where the first of the terms begins."""
    for start, window in _windows(line):
        folded = f" {fold(window)} "
        if any(_needle(term) in folded for term in terms):
            return start + next(_matches(window, terms))[0]
    return None


def _windows(line: str) -> Iterator[tuple[int, str]]:
    """Stretches of a line that overlap, cut between words where there are spaces."""
    start = 0
    while True:
        end = _space_before(line, start + WINDOW, at_least=start + OVERLAP)
        yield start, line[start:end]
        if end >= len(line):
            return
        start = _space_before(line, end - OVERLAP, at_least=start + 1)


def _space_before(line: str, place: int, *, at_least: int) -> int:
    if place >= len(line):
        return len(line)
    space = line.rfind(" ", at_least, place)
    return place if space < 0 else space


def _cut(line: str, place: int) -> str:
    start = max(0, place - BEFORE)
    if start:  # not in the middle of a word, where there are words
        space = line.find(" ", start, place)
        start = start if space < 0 else space + 1
    end = _space_before(line, start + LENGTH, at_least=place + 1)
    return ("…" if start else "") + line[start:end].rstrip() + ("…" if end < len(line) else "")
