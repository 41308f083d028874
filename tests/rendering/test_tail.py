"""A long open block is shown in full, though only its last piece is rendered at each look."""

import re

import pytest

from chat.rendering.blocks import Blocks
from chat.rendering.markdown import render
from chat.rendering.syntax import html_of
from chat.rendering.tail import PIECE_CHARS

LONG = {
    "fence": ["```python", *(f"line {number} <b>" for number in range(300))],
    "table": ["| a | b |", "|---|---|", *(f"| row {number} | *x* |" for number in range(300))],
    "list": [f"- item {number} `x`" for number in range(300)],
    "numbered list": [f"{number}. item *x*" for number in range(1, 300)],
    "paragraph": [f"line {number} of *one* paragraph" for number in range(300)],
    "plain paragraph": [f"line {number} of one paragraph" for number in range(300)],
}


@pytest.mark.parametrize("lines", LONG.values(), ids=LONG)
def test_it_says_the_same_as_the_finished_block(lines):
    blocks = Blocks()
    for line in lines:
        blocks.feed(line + "\n")
        shown = blocks.tail_html()

    assert blocks.finished == []
    assert plain(shown) == plain(render("\n".join(lines)))
    assert tags(shown) == tags(render("\n".join(lines)))


@pytest.mark.parametrize("lines", LONG.values(), ids=LONG)
def test_a_look_costs_the_last_piece_only(lines, monkeypatch):
    rendered: list[int] = []

    def counted(source, *args, **options):
        rendered.append(len(source))
        return html_of(source, *args, **options)

    monkeypatch.setattr("chat.rendering.tail.html_of", counted)
    blocks = Blocks()
    for line in lines:
        blocks.feed(line + "\n")
        blocks.tail_html()

    assert 0 < max(rendered) < 2 * PIECE_CHARS


def test_a_look_without_news_renders_nothing(monkeypatch):
    blocks = Blocks()
    blocks.feed("some *bread*")
    shown = blocks.tail_html()
    monkeypatch.setattr("chat.rendering.tail.html_of", None)

    assert blocks.tail_html() is shown


def test_an_endless_item_is_rendered_again_only_when_it_has_grown_much():
    blocks = Blocks()
    blocks.feed("- " + "some *bread* " * 1_000)
    shown = blocks.tail_html()

    blocks.feed("and more ")
    assert blocks.tail_html() is shown

    blocks.feed("some *bread* " * 200)
    assert blocks.tail_html() != shown


def test_one_block_never_shows_in_the_place_of_the_next():
    blocks = Blocks()
    blocks.feed("a *b* " * 2_000)
    blocks.tail_html()
    blocks.feed("\n\n" + "c *d* " * 2_001)

    assert "a <em>" not in blocks.tail_html()


def plain(html: str) -> list[str]:
    return re.sub(r"<[^>]*>", "", html).split()


def tags(html: str) -> list[str]:
    """But for spans: the open block has no colours."""
    return [tag for tag in re.findall(r"<[^>]*>", html) if "span" not in tag]
