"""Data in a block of code: CSV as a table, JSON as a tree."""

import pytest
from playwright.sync_api import expect

from tests.browser.preview import shows

SHORTENED = "The first 1,000 of 1,201 rows. Row 1201 doesn't match the header: 1 of 2 fields."


def test_csv_is_a_table_that_can_be_sorted(chat):
    source = 'Name;Price\n"Bread; dark";10\n"The ""best""\ncake";9\n<b>Salt</b>;100\n'
    panel = shows(chat, "csv", source, "Table")
    rows = panel.get_by_role("row")
    expect(rows).to_have_count(4)
    expect(panel.get_by_role("status")).to_have_text("3 rows.")
    assert rows.nth(2).get_by_role("cell").all_text_contents() == ['The "best"\ncake', "9"]
    for direction, first in (("ascending", "9"), ("descending", "100")):
        panel.get_by_role("button", name="Price").click()
        expect(panel.get_by_role("columnheader", name="Price")).to_have_attribute("aria-sort", direction)
        expect(rows.nth(1).get_by_role("cell").last).to_have_text(first)
    expect(rows.nth(1).get_by_role("cell").first).to_have_text("<b>Salt</b>")


@pytest.mark.parametrize(
    ("column", "ascending"),
    [
        (["0.5", "-3", "0.125", "-10", "1e3"], ["-10", "-3", "0.125", "0.5", "1e3"]),
        (["v10", "v9", "7", "n/a"], ["7", "n/a", "v9", "v10"]),
    ],
)
def test_columns_are_sorted_by_their_values(chat, column, ascending):
    panel = shows(chat, "csv", "Value\n" + "\n".join(column), "Table")
    panel.get_by_role("button", name="Value").click()

    assert panel.get_by_role("cell").all_text_contents() == ascending


def test_one_row_is_one_row(chat):
    panel = shows(chat, "csv", "Value\n1", "Table")

    expect(panel.get_by_role("status")).to_have_text("1 row.")


def test_the_path_of_a_value_is_reached_with_the_keyboard(chat):
    panel = shows(chat, "json", '{"a": {"b": 1}}', "Tree")
    panel.locator("summary", has_text="a: ").press("Enter")
    expect(panel.get_by_text("b: ")).to_be_visible()
    chat.page.keyboard.press("Tab")

    expect(panel.get_by_role("status")).to_have_text("$.a.b")


def test_a_long_table_is_shortened_and_says_so(chat):
    panel = shows(chat, "tsv", "a\tb\n" + "".join(f"{n}\tx,y\n" for n in range(1200)) + "odd", "Table")

    expect(panel.get_by_role("row")).to_have_count(1001)
    expect(panel.get_by_role("status")).to_have_text(SHORTENED)


@pytest.mark.parametrize(
    ("language", "source", "words"),
    [
        ("csv", 'a,b\n1,"x', "the quote at line 2, column 3 is never closed"),
        ("csv", 'a,b\n"x"y,2', "line 2, column 4 has text after a closing quote"),
        ("json", '{\n  "a": 1,\n  "b": }', "see line 3, column 8"),
        ("json", "[1, 2", "see line 1, column 6"),
        ("json", '{"a": 01}', "see line 1, column 8"),
        ("json", '{"a": "x\ny"}', "see line 1, column 7"),
        ("json", "[" * 5000, "nested more than 100 levels"),
        ("csv", 'a\n"' + "long " * 20_000, "the quote at line 2, column 1 is never closed"),
        ("json", '["' + "long " * 20_000, "see line 1, column 2"),
    ],
)
def test_what_is_wrong_with_the_data_is_shown(chat, language, source, words):
    panel = shows(chat, language, source, "Table" if language == "csv" else "Tree")

    expect(panel.get_by_role("status")).to_contain_text(words)


def test_json_is_a_tree(chat):
    chat.browser.grant_permissions(["clipboard-read", "clipboard-write"])
    source = '{"id": 12345678901234567890, "a b": [{"x": "<b>\\u00e9</b>"}, null ], "many": ['
    source += ", ".join(map(str, range(1500))) + " ]}"
    panel = shows(chat, "json", source, "Tree")
    expect(panel.get_by_text("12345678901234567890")).to_be_visible()
    panel.get_by_text("a b: ").click()
    panel.get_by_text("0: ", exact=True).click()
    panel.get_by_text("<b>é</b>").click()
    expect(panel.get_by_role("status")).to_have_text('$["a b"][0].x')
    panel.get_by_role("button", name="Copy path").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()") == '$["a b"][0].x'

    panel.get_by_text("many: ").click()
    expect(panel.locator(".number")).to_have_count(1001)
    panel.get_by_role("button", name="Show more").click()
    expect(panel.locator(".number")).to_have_count(1501)
