"""HTML of the open block, again and again while it grows, at a cost that is linear in the text."""

import re

from .lines import Kind
from .links import References
from .markup import open_formula
from .open_block import List
from .splitter import Splitter
from .syntax import html_of
from .unparsed import Prose, continued_code, continued_prose, without_last_line_end

PIECE_CHARS = 2_000  # a long block settles in pieces of at least this length
MAX_FRESH_CHARS = 8_000  # what does not settle (one endless item) is from here on rendered again
STALE = 1 / 8  # only when it has grown by this much

PROSE = {Kind.PARAGRAPH, Kind.LIST, Kind.QUOTE, None}  # None: its first line is being written

# What the pieces of a block share, and between it their own.
AROUND = {
    Kind.FENCE: re.compile(r"(.*?<code>)(.*)(</code>.*)", re.DOTALL),
    Kind.LIST: re.compile(r"(<[ou]l[^>]*>\n)(.*)(</[ou]l>\n)", re.DOTALL),
    Kind.PARAGRAPH: re.compile(r"(<p[^>]*>)(.*)(</p>\n)", re.DOTALL),
    Kind.TABLE: re.compile(r"(.*?<tbody>\n)(.*)(</tbody>.*)", re.DOTALL),
}
REPEATED_LINES = {Kind.FENCE: 1, Kind.TABLE: 2}  # without them a piece would not be read as what it is


class Tail:
    """The open block of a splitter. If it is long it settles in pieces, so that a look at it costs only the last one.

    Pieces are parsed apart. Where that shows (emphasis across them, loose lists), it does until the block is finished.
    """

    _seen: tuple[str, str]
    _html: str
    _pieces: list[str]

    def __init__(self, splitter: Splitter, references: References) -> None:
        self._splitter, self._references = splitter, references
        self._block: tuple[int, Kind | None] = (-1, None)  # a number and a kind: no two blocks share both
        self._begin()

    def html(self, line: str) -> str:
        """The open block with `line`, the one that is being written."""
        self._notice_new_block()
        self._settle()
        held = self._splitter.held
        rest = "\n".join([*self._lines()[self._settled :], *([line] if line and not held else [])])
        formula = "\n".join([*held, line]) if held else ""
        if (rest, formula) == self._seen:
            return self._html
        if html := self._continued(rest, formula):
            self._seen, self._html = (rest, formula), html
        elif not self._is_fresh_enough(len(rest)):
            self._seen = rest, formula
            self._html = self._all(rest) + (open_formula(formula) if formula else "")
            if self._block[1] in PROSE and not formula:
                self._prose.note(rest, self._html)
        return self._html

    def _continued(self, rest: str, formula: str) -> str:
        seen, seen_formula = self._seen
        kind = self._block[1]
        if formula or seen_formula:
            return ""
        if kind in PROSE:
            return continued_prose(self._html, seen, rest) or self._prose.continued(rest)
        is_fence = kind is Kind.FENCE and not self._lines()[0].startswith(" ")
        return continued_code(self._html, seen, rest) if is_fence else ""

    def _notice_new_block(self) -> None:
        opened = self._splitter.open
        block = self._splitter.finished_blocks, opened.kind if opened else None
        if block != self._block:
            self._block = block
            self._begin()

    def _begin(self) -> None:
        self._settled = 0  # lines
        self._head, self._foot = "", ""
        self._pieces = []
        self._prose = Prose(self._references.aside())
        self._seen, self._html = ("", ""), ""  # source of what is rendered, and that

    def _settle(self) -> None:
        end = self._splitter.open.item if isinstance(self._splitter.open, List) else len(self._lines())
        piece = self._lines()[self._settled : end]
        if self._block[1] not in AROUND or sum(map(len, piece)) < PIECE_CHARS:
            return
        head, body, foot = self._parts("\n".join(piece) + "\n")
        if not self._pieces:
            self._head, self._foot = head, foot
        self._pieces.append(body if body.endswith("\n") else body + "\n")
        self._settled, self._seen = end, ("", "")
        self._prose = Prose(self._references.aside())

    def _all(self, rest: str) -> str:
        html = self._joined(rest)
        return without_last_line_end(html) if self._block[1] is Kind.FENCE else html

    def _joined(self, rest: str) -> str:
        if not self._pieces:
            return self._html_of(rest) if rest else ""
        _, body, _ = self._parts(rest) if rest else ("", "", "")
        return "".join([self._head, *self._pieces, body, self._foot])

    def _parts(self, source: str) -> tuple[str, str, str]:
        """The HTML of a further piece of the open block: its own, and what is around that."""
        _, kind = self._block
        if kind not in AROUND:
            return "", self._html_of(source), ""
        repeated = self._lines()[: REPEATED_LINES.get(kind, 0)] if self._settled else []
        html = self._html_of("\n".join([*repeated, source]))
        found = AROUND[kind].fullmatch(html)
        return (found[1], found[2], found[3]) if found else ("", html, "")

    def _html_of(self, source: str) -> str:
        return html_of(source, self._references.aside(), highlighted=False)

    def _is_fresh_enough(self, chars: int) -> bool:
        return MAX_FRESH_CHARS < chars < len(self._seen[0]) * (1 + STALE)

    def _lines(self) -> list[str]:
        return self._splitter.open.lines if self._splitter.open else []
