"""A long open block is shown in full; how often it is rendered depends on its length."""

import re

import pytest

from chat.rendering import blocks as module
from chat.rendering.blocks import SHOWN_ALWAYS_CHARS, Blocks
from chat.rendering.markdown import render
from chat.rendering.page_html import page_html

LONG = {
    "fence": ["```python", *(f"line {number} <b>" for number in range(300))],
    "table": ["| a | b |", "|---|---|", *(f"| row {number} | *x* |" for number in range(300))],
    "list": [f"- item {number} `x`" for number in range(300)],
    "numbered list": [f"{number}. item *x*" for number in range(1, 300)],
    "paragraph": [f"line {number} of *one* paragraph" for number in range(230)],
    "plain paragraph": [f"line {number} of one paragraph" for number in range(230)],
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


@pytest.mark.parametrize("kind", ["table", "list", "paragraph"])
def test_looks_cost_in_proportion_to_the_text(kind, monkeypatch):
    rendered: list[int] = []

    def counted(text, *args, **options):
        rendered.append(len(text.markdown))
        return page_html(text, *args, **options)

    monkeypatch.setattr(module, "page_html", counted)

    def costs(times: int) -> int:
        rendered.clear()
        blocks = Blocks()
        for line in LONG[kind] * times:
            blocks.feed(line + "\n")
            blocks.tail_html()
        return sum(rendered)

    assert costs(16) < 3 * costs(8)  # squares would make four of it


def test_code_is_not_parsed_while_it_is_open(monkeypatch):
    blocks = Blocks()
    blocks.feed("```python\nimport os")
    monkeypatch.setattr(module, "protected", None)
    blocks.feed("\n\nos.getpid() < 1\n``\n#")

    assert blocks.tail_html().endswith("<code>import os\n\nos.getpid() &lt; 1\n``\n#</code></pre></div>\n")


def test_a_look_without_news_renders_nothing(monkeypatch):
    blocks = Blocks()
    blocks.feed("some *bread*")
    shown = blocks.tail_html()
    monkeypatch.setattr(module, "page_html", None)

    assert blocks.tail_html() is shown


def test_an_endless_item_is_rendered_again_only_when_it_has_grown_much():
    blocks = Blocks()
    blocks.feed("- " + "some *bread* " * (SHOWN_ALWAYS_CHARS // 10))
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
