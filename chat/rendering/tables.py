"""Tables as in GFM, whose HTML grows with what was written, and not with rows times columns.

GFM fills short rows with empty cells: 1.6 KB, 480 rows of one cell below a head of 150, are 72,000 cells. Here they are
filled as long as no more cells are made than were written; a row may also have more than the head.
"""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from .lines import BLANKS, DELIMITER_ROW, Kind, kind_of

CELL_END = re.compile(r"(?<!\\)\|")
DELIMITER = re.compile(r"(:?)-+(:?)")
CLASSES = {("", ""): "", (":", ""): "left", ("", ":"): "right", (":", ":"): "center"}

Cells = Sequence[str]


def tables(md: MarkdownIt) -> None:
    md.block.ruler.at("table", table, {"alt": ["paragraph", "reference"]})


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    classes = classes_below(state, start, end)
    if not classes:
        return False
    if silent:
        return True
    parent, state.parentType = state.parentType, "table"
    state.push("table_open", "table", 1).map = lines = [start, start + 2]
    section(state, "thead", "th", [(start, cells_of(text_of(state, start)))], classes)
    if rows := rows_below(state, start + 2, end, len(classes)):
        section(state, "tbody", "td", rows, classes)
    state.push("table_close", "table", -1)
    state.line = lines[1] = start + 2 + len(rows)
    state.parentType = parent
    return True


def classes_below(state: StateBlock, start: int, end: int) -> list[str]:
    """For each column of the table that begins in this line; none when no table does."""
    if start + 2 > end or state.is_code_block(start) or not is_within(state, start + 1):
        return []
    head, delimiters = text_of(state, start), text_of(state, start + 1)
    # As in GFM, what is a heading, list or quote on its own is not the head of a table.
    if "|" not in head or kind_of(head) is not Kind.PARAGRAPH or not DELIMITER_ROW.match(delimiters):
        return []
    found = [DELIMITER.fullmatch(cell) for cell in cells_of(delimiters)]
    classes = [CLASSES[match[1], match[2]] for match in found if match]
    return classes if len(classes) == len(found) == len(cells_of(head)) else []


def rows_below(state: StateBlock, start: int, end: int, columns: int) -> list[tuple[int, list[str]]]:
    """Rows with their line: up to one that is blank or begins something else."""
    interruptions = state.md.block.ruler.getRules("blockquote")
    rows: list[tuple[int, list[str]]] = []
    written, made = columns, 0
    for line in range(start, end):
        text = text_of(state, line)
        if not text or not is_within(state, line) or any(rule(state, line, end, True) for rule in interruptions):
            break
        cells = cells_of(text)
        written, missing = written + len(cells), columns - len(cells)
        if 0 < missing <= written - made:
            cells, made = cells + [""] * missing, made + missing
        rows.append((line, cells))
    return rows


def section(state: StateBlock, name: str, cell: str, rows: list[tuple[int, list[str]]], classes: list[str]) -> None:
    state.push(f"{name}_open", name, 1)
    for line, cells in rows:
        state.push("tr_open", "tr", 1)
        for number, content in enumerate(cells):
            begin = state.push(f"{cell}_open", cell, 1)
            if class_ := classes[number] if number < len(classes) else "":
                begin.attrs = {"class": class_}
            words = state.push("inline", "", 0)
            words.map, words.content, words.children = [line, line + 1], content, []
            state.push(f"{cell}_close", cell, -1)
        state.push("tr_close", "tr", -1)
    state.push(f"{name}_close", name, -1)


def cells_of(row: str) -> list[str]:
    r"""What stands between the pipes of "| a | b |"; one written `\|` is no end of a cell."""
    cells = CELL_END.split(row)
    cells = cells[1 if not cells[0] else 0 :]
    cells = cells[: -1 if cells and not cells[-1] else None]
    return [cell.replace("\\|", "|").strip() for cell in cells]


def text_of(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip(BLANKS)


def is_within(state: StateBlock, line: int) -> bool:
    """Whether a line can belong to the block around it."""
    return state.sCount[line] >= state.blkIndent and not state.is_code_block(line)
