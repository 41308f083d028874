"""The block that is being written, one class for each way of going on.

`takes(line)` says whether a line that is not blank belongs to the block; the answer holds whatever follows. Where
a line alone cannot tell, the parser is asked about the last lines, a few times at most.
"""

import math

from .footnotes import NOTE_COLUMNS
from .lines import BLANKS, INTERRUPTING_MARKER, MARKER, UNDERLINE, Kind, Line, columns, kind_of
from .syntax import last_block

MAX_QUESTIONS = 8  # in a quote or footnote, and in each item of a list: keeps hostile text linear


class OpenBlock:
    """A block that takes lines of one kind only: a table, indented code; or none at all: a heading, a rule."""

    def __init__(self, kind: Kind, line: Line) -> None:
        self.kind, self.lines = kind, [line.text]
        self.complete = kind in (Kind.HEADING, Kind.RULE)

    def takes(self, line: Line) -> bool:
        return line.kind is (Kind.CODE if self.kind is Kind.CODE else Kind.PARAGRAPH)

    def takes_blank(self) -> bool:
        return self.kind is Kind.CODE

    @property
    def source(self) -> str:
        return "\n".join(self.lines) + "\n"


class Fence(OpenBlock):
    def __init__(self, kind: Kind, line: Line) -> None:
        super().__init__(kind, line)
        self.marker = line.rest[: len(line.rest) - len(line.rest.lstrip(line.rest[0]))]
        self.info = line.rest[len(self.marker) :]

    def takes(self, line: Line) -> bool:
        run = line.rest.rstrip(BLANKS)
        closes = line.kind is not Kind.CODE and run.startswith(self.marker) and not run.strip(self.marker[0])
        self.complete = closes
        return True

    def takes_blank(self) -> bool:
        return True


class Paragraph(OpenBlock):
    def __init__(self, kind: Kind, line: Line) -> None:
        super().__init__(kind, line)
        self.may_be_definitions = line.rest[0] == "["

    def takes(self, line: Line) -> bool:
        underline = line.kind is not Kind.CODE and UNDERLINE.match(line.rest)
        if line.kind is Kind.PARAGRAPH and not underline:
            return True
        if not underline and not (line.kind is Kind.CODE or self.is_mere_text(line)):
            return False
        if self.is_only_definitions():
            return False
        if underline:
            self.kind, self.complete = Kind.HEADING, True
        return True

    def is_mere_text(self, line: Line) -> bool:
        """ "1986. A year" begins a list, but not in the middle of a paragraph."""
        return line.kind is Kind.LIST and not INTERRUPTING_MARKER.match(line.rest)

    def is_only_definitions(self) -> bool:
        """Whether all so far are link definitions: then nothing is open and any block may begin."""
        self.may_be_definitions = self.may_be_definitions and last_block(self.source)[1] == "definition"
        return self.may_be_definitions


class Container(OpenBlock):
    """A quote, a list or a footnote. It may end with a paragraph that is lazy: further lines without mark or indent."""

    item = 0  # in `lines`; before it nothing is open
    lazy = False
    questions = 0

    def is_lazy(self, line: Line) -> bool:
        if line.kind not in (Kind.PARAGRAPH, Kind.CODE):
            return False
        surely = self.lazy and kind_of(line.rest) is Kind.PARAGRAPH
        if surely or self.questions == MAX_QUESTIONS:
            return True
        self.questions += 1
        lines = [*self.lines[self.item :], line.text]
        begins_at, _ = last_block("\n".join(lines) + "\n")
        self.lazy = begins_at < len(lines) - 1
        return self.lazy


class Quote(Container):
    def takes(self, line: Line) -> bool:
        if line.rest[0] == ">":  # the parser does not mind a deep indent here
            self.lazy = False
            return True
        return self.is_lazy(line)


class List(Container):
    after_blank = False

    def __init__(self, kind: Kind, line: Line) -> None:
        super().__init__(kind, line)
        self.begin_item(line, at=0)

    def begin_item(self, line: Line, *, at: int) -> None:
        marker = (MARKER.match(line.rest) or [""])[0]
        inside = line.rest[len(marker) :]
        text = inside.lstrip(BLANKS)
        column = line.indent + len(marker)
        width = columns(inside[: len(inside) - len(text)], column)
        self.content: float = column + (width if text and width <= 4 else 1)
        self.style = marker[-1]
        self.empty = not text
        self.item, self.lazy, self.questions = at, False, 0

    def takes(self, line: Line) -> bool:
        after_blank, self.after_blank = self.after_blank, False
        if line.indent >= self.content:
            self.lazy = False
            return True
        if line.kind is Kind.LIST and (MARKER.match(line.rest) or [""])[0][-1] == self.style:
            self.begin_item(line, at=len(self.lines))
            return True
        return not after_blank and self.is_lazy(line)

    def takes_blank(self) -> bool:
        if self.empty and len(self.lines) == self.item + 1:
            self.content = math.inf  # an item cannot begin with two blank lines
        self.after_blank = True
        return True


class Footnote(Container):
    content = NOTE_COLUMNS
    after_blank = False

    def takes(self, line: Line) -> bool:
        after_blank, self.after_blank = self.after_blank, False
        if line.indent >= self.content:
            self.lazy = False
            return True
        return not after_blank and self.is_lazy(line)

    def takes_blank(self) -> bool:
        self.after_blank = True
        return True


CLASSES: dict[Kind, type[OpenBlock]] = {
    Kind.FENCE: Fence,
    Kind.FOOTNOTE: Footnote,
    Kind.LIST: List,
    Kind.PARAGRAPH: Paragraph,
    Kind.QUOTE: Quote,
}


def begun_by(line: Line) -> OpenBlock:
    return CLASSES.get(line.kind, OpenBlock)(line.kind, line)
