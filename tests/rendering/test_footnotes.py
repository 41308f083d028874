"""A note stands where it was written, under its label; the page links it and its references."""

import random
import re

import pytest
from bs4 import BeautifulSoup

from chat.rendering.allow_list import clean
from chat.rendering.blocks import Blocks
from chat.rendering.footnotes import linked
from chat.rendering.markdown import render

TEXT = "Bread[^1] is old.[^old] So[^1].\n\n[^1]: Flour *and* water.\n[^old]: Very.\n\n    More.\n\nEnd."


def parsed(markdown: str, scope: str = "s") -> BeautifulSoup:
    return BeautifulSoup(linked(render(markdown), scope), "html.parser")


def test_a_reference_leads_to_its_note_and_back():
    page = parsed(TEXT)
    references = page.select("sup.footnote a")
    notes = page.select("div.footnote > span a")

    assert [link["href"] for link in references] == ["#note-s-1", "#note-s-old", "#note-s-1"]
    assert [note["id"] for note in notes] == ["note-s-1", "note-s-old"]
    assert [note["href"] for note in notes] == ["#ref-s-1", "#ref-s-old"]
    assert [link.get("id") for link in references] == ["ref-s-1", "ref-s-old", None]
    assert [p.get_text() for p in page.select("div.footnote p")] == ["Flour and water.", "Very.", "More."]
    assert page.select("p")[-1].get_text() == "End."


def test_no_id_is_there_twice_on_a_page_of_answers():
    html = linked(render(TEXT + "\n\n[^1]: Again." + TEXT), "s") + linked(render(TEXT), "t")
    ids = re.findall(' id="([^"]*)"', html)

    assert len(ids) == len(set(ids)) == 8


def test_what_is_stored_has_no_ids_and_passes_the_allow_list():
    html = render(TEXT)

    assert "id=" not in html
    assert "href=" not in html
    assert clean(html) == html


@pytest.mark.parametrize(
    "text", ["match [^abc] or [^a-z0-9]", "`x[^1]`", "[^1](https://a.example)", "[^a b]", "x[^ü]", "a[^1234]", "[^]: x"]
)
def test_what_only_looks_like_a_reference_is_none(text):
    assert "footnote" not in render(text)


@pytest.mark.parametrize("text", ["[^1]:", "    [^1]: x", "```\n[^1]: x\n```", "a [^]: x"])
def test_what_only_looks_like_a_note_is_none(text):
    assert '<div class="footnote"' not in render(text)


def test_a_note_holds_what_is_indented_and_nothing_else():
    (note,) = parsed("[^1]: a\nlazy\n\n    ```\n    code\n    ```\n\n    - b\n\n$$\nx\n$$").select("div.footnote")

    assert note.select_one("p").get_text() == "a\nlazy"
    assert note.select_one("code").get_text() == "code\n"
    assert note.select_one("li").get_text() == "b"
    assert note.select("math") == []


@pytest.mark.parametrize(
    "text",
    [
        '<sup class="footnote first">1</sup>',
        '[a](http://b "<sup class=\\"footnote\\">1</sup>")',
        "```<span class='footnote'>1</span>\n<sup class=\"footnote\">1</sup>\n```",
        '$$\\text{<sup class="footnote">1</sup>}$$',
    ],
)
def test_nobody_can_write_one_in_html(text):
    assert linked(render(text), "s") == render(text)


def test_linking_block_by_block_is_linking_all():
    chance = random.Random(1)
    pieces = [
        "a",
        " ",
        "[^1]",
        "[^2]",
        "\n[^1]: b\n",
        "\n[^2]: c\n",
        "\n\n",
        "\n    d\n",
        "- ",
        "> ",
        "|a|\n|-|\n|",
        "*",
    ]
    for _ in range(300):
        blocks = Blocks()
        blocks.feed("".join(chance.choices(pieces, k=20)))
        blocks.close()

        assert "".join(linked(html, "s") for html in blocks.finished) == linked("".join(blocks.finished), "s")
