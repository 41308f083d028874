"""What a single line of Markdown could begin. Rules: CommonMark 0.31, and GFM for tables."""

import re
from enum import Enum, auto
from typing import NamedTuple

BLANKS = " \t"  # nothing else is white space at the edges of a line
TAB_COLUMNS = 4

OPENERS = frozenset(">#`~-+*_[0123456789")
HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
FENCE = re.compile(r"(?:(`{3,})[^`]*|(~{3,}).*)$")
RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}[ \t]*$")
MARKER = re.compile(r"([-+*]|[0-9]{1,9}[.)])(?=[ \t]|$)")
INTERRUPTING_MARKER = re.compile(r"(?:[-+*]|1[.)])[ \t]+[^ \t]")
UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
FOOTNOTE = re.compile(r"\[\^([0-9]{1,3}|[A-Za-z][\w-]{0,30})\]:[ \t]*(?=[^ \t])", re.ASCII)
DELIMITER_ROW = re.compile(r"(?!-[ \t])[-:|][-:| \t]+$")


class Kind(Enum):
    PARAGRAPH = auto()
    HEADING = auto()
    RULE = auto()
    FENCE = auto()
    CODE = auto()  # by indent
    QUOTE = auto()
    LIST = auto()
    FOOTNOTE = auto()
    TABLE = auto()


class Line(NamedTuple):
    """A line that is not blank."""

    text: str
    indent: int  # columns
    rest: str  # without the indent
    kind: Kind  # of the block that it begins when nothing is open


def line_of(text: str) -> Line:
    rest = text.lstrip(BLANKS)
    indent = columns(text[: len(text) - len(rest)])
    return Line(text, indent, rest, Kind.CODE if indent >= TAB_COLUMNS else kind_of(rest))


def columns(blanks: str, start: int = 0) -> int:
    """How wide leading spaces and tabs are that begin at column `start`."""
    column = start
    for character in blanks:
        column += TAB_COLUMNS - column % TAB_COLUMNS if character == "\t" else 1
    return column - start


def kind_of(rest: str) -> Kind:
    if rest[0] not in OPENERS:
        return Kind.PARAGRAPH
    if rest[0] == ">":
        return Kind.QUOTE
    if FOOTNOTE.match(rest):
        return Kind.FOOTNOTE
    if HEADING.match(rest):
        return Kind.HEADING
    if FENCE.match(rest):
        return Kind.FENCE
    if RULE.match(rest):
        return Kind.RULE
    return Kind.LIST if MARKER.match(rest) else Kind.PARAGRAPH
