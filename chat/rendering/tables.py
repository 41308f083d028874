"""Tables as in GFM, but what a row has beyond the head is shown, and HTML grows with what was written.

GFM fills short rows with empty cells: 1.6 KB, 480 rows of one cell below a head of 150, are 72,000 cells.
"""

import re

from .markers import NOTHING, SURPLUS

DELIMITER_ROW = re.compile(r"([ \t>]*+)(?=.*[|:])\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+")
MARK_OF_LIST = re.compile(r"[ \t>]*(?:[-+*]|[0-9]{1,9}[.)])[ \t]+")
BLANKS = " \t>"
CELL_END = re.compile(r"(?<!\\)\|")
FREE_CELLS = 100  # that may be filled, beside as many as were written


def mended(markdown: str) -> str:
    """The text, with surplus cells kept from the parser, which drops them, and no table that is mostly filling."""
    lines = markdown.split("\n")
    number = 1
    while number < len(lines):
        delimiters = DELIMITER_ROW.fullmatch(lines[number]) if "|" in lines[number - 1] else None
        number = _mend(lines, number, delimiters.end(1)) if delimiters else number + 1
    return "\n".join(lines)


def _mend(lines: list[str], number: int, indent: int) -> int:
    """Mend the table with its delimiters in this line, if it is one; the line to go on with."""
    columns = 1 + len(_separators(lines[number]))
    mark = MARK_OF_LIST.match(lines[number - 1])
    # As in GFM, the item of a list is not the head of a table outside of it.
    if columns != 1 + len(_separators(lines[number - 1])) or (mark and indent < mark.end()):
        lines[number] = lines[number][:indent] + NOTHING + lines[number][indent:]
        return number + 1
    written, filled, row = columns, 0, number + 1
    while row < len(lines) and lines[row].strip(BLANKS):
        separators = _separators(lines[row])
        written += len(separators) + 1
        filled += max(0, columns - len(separators) - 1)
        if len(separators) >= columns:
            lines[row] = _joined(lines[row], separators[columns - 1 :])
        row += 1
    if filled > written + FREE_CELLS:
        lines[number] = lines[number][:indent] + NOTHING + lines[number][indent:]
    return row


def _separators(row: str) -> list[int]:
    """Where the pipes between cells are."""
    mark = MARK_OF_LIST.match(row)
    start = mark.end() if mark else len(row) - len(row.lstrip(BLANKS))
    end = len(row.rstrip(BLANKS))
    found = [pipe.start() for pipe in CELL_END.finditer(row, start, end)]
    return [at for at in found if at not in (start, end - 1)]


def _joined(row: str, pipes: list[int]) -> str:
    characters = list(row)
    for at in pipes:
        characters[at] = SURPLUS
    return "".join(characters)
