"""Makes the excerpts that search results show: text around a match, in pieces that a template can mark and escape."""

from collections.abc import Iterator
from dataclasses import dataclass

from chat.conversations.plain_text import plain_text
from chat.search.folding import compose, fold, split_words
from chat.search.query import Term

CHARACTERS_BEFORE, MAX_CHARACTERS = 60, 220  # characters
WINDOW, OVERLAP = 800, 250  # characters searched at once; a term longer than the overlap may not be marked


@dataclass(frozen=True)
class Piece:
    text: str
    is_match: bool = False


def make_excerpt(text: str, terms: list[Term]) -> list[Piece]:
    """Return about two lines around the first match, without Markdown; the beginning of the text if there is none.

    If the only match is in the Markdown, for example in a link's URL, the excerpt keeps the Markdown.
    """
    for shown in (plain_text(text), text):
        shown = compose(" ".join(shown.split()))
        position = _first_match(shown, terms)
        if position is not None:
            return highlight(_extract(shown, position), terms)
    return highlight(_extract(compose(" ".join(plain_text(text).split())), 0), terms)


def highlight(text: str, terms: list[Term]) -> list[Piece]:
    """Return the whole text, with each match as a piece of its own."""
    text = compose(text)
    pieces, done = [], 0
    for start, end in _find_matches(text, terms):
        pieces += [Piece(text[done:start]), Piece(text[start:end], is_match=True)]
        done = end
    return [piece for piece in [*pieces, Piece(text[done:])] if piece.text]


def _find_matches(text: str, terms: list[Term]) -> Iterator[tuple[int, int]]:
    """Yield start and end of the matches, in order; overlapping ones are merged."""
    words = split_words(text)
    folded = f" {' '.join(word.text for word in words)} "
    found = sorted((words[first].start, words[last].end) for term in terms for first, last in _find_term(folded, term))
    while found:
        start, end = found.pop(0)
        while found and found[0][0] < end:
            end = max(end, found.pop(0)[1])
        yield start, end


def _find_term(folded: str, term: Term) -> Iterator[tuple[int, int]]:
    """Yield, for each match of a term, the indexes of its first and its last word."""
    needle = _needle(term)
    place, number, counted = folded.find(needle), 0, 0
    while place >= 0:
        number += folded.count(" ", counted, place)
        yield number, number + term.text.count(" ")
        counted, place = place, folded.find(needle, place + len(needle) - 1)


def _needle(term: Term) -> str:
    return f" {term.text}" if term.is_prefix else f" {term.text} "


def _first_match(text: str, terms: list[Term]) -> int | None:
    """Return where the first match of any term begins."""
    for start, window in _split_windows(text):
        folded = f" {fold(window)} "
        if any(_needle(term) in folded for term in terms):
            return start + next(_find_matches(window, terms))[0]
    return None


def _split_windows(text: str) -> Iterator[tuple[int, str]]:
    """Yield overlapping parts of the text with their positions, split at spaces if there are any."""
    start = 0
    while True:
        end = _space_before(text, start + WINDOW, at_least=start + OVERLAP + 1)  # or it would start here for ever
        yield start, text[start:end]
        if end >= len(text):
            return
        start = _space_before(text, end - OVERLAP, at_least=start + 1)


def _space_before(text: str, position: int, *, at_least: int) -> int:
    """Return the position of the last space from `at_least` to `position`; without a space, `position` itself."""
    if position >= len(text):
        return len(text)
    space = text.rfind(" ", at_least, position)
    return position if space < 0 else space


def _extract(text: str, position: int) -> str:
    """Return the part of the text around a match at `position`."""
    start = max(0, position - CHARACTERS_BEFORE)
    if start:  # begin with a whole word if there are spaces
        space = text.find(" ", start, position)
        start = start if space < 0 else space + 1
    end = _space_before(text, start + MAX_CHARACTERS, at_least=position + 1)
    return ("…" if start else "") + text[start:end].rstrip() + ("…" if end < len(text) else "")
