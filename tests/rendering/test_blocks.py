"""An answer that arrives in pieces shows finished blocks once, and the open one as far as it goes."""

import pytest

from chat.rendering.blocks import Blocks
from chat.rendering.markdown import render


def test_a_block_is_finished_when_no_further_line_can_change_it():
    blocks = Blocks()

    blocks.feed("# Bread\nFl")
    assert blocks.finished == ['<h3 dir="auto">Bread</h3>\n']
    assert blocks.tail_html() == '<p dir="auto">Fl</p>\n'

    blocks.feed("our.\n")
    assert len(blocks.finished) == 1

    blocks.feed("\n")
    assert blocks.finished[1:] == ['<p dir="auto">Flour.</p>\n']
    assert blocks.tail_html() == ""


def test_half_a_line_finishes_nothing():
    blocks = Blocks()
    blocks.feed("Bread\n#")  # "#" is a heading, "#tag" is text

    assert blocks.finished == []

    blocks.feed("tag")
    blocks.close()
    assert blocks.finished == ['<p dir="auto">Bread<br>\n#tag</p>\n']


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("- a\n\n- b\n\nc\n", 1),
        ("- a\n\n  b\n\n", 0),
        ("- a\nlazy\n", 0),
        ("- a\nText\n\n- b\n", 0),
        ("1. a\n- b\n", 1),
        ("Text:\n- a\n", 1),
        ("Text:\n| a |\n|---|\n", 1),
        ("Text\n1986. a year\n", 0),
        ("```\na\n\nb\n", 0),
        ("```\na\n```\n", 1),
        ("````\n```\n````\n", 1),
        ("> a\nb\n", 0),
        ("> a\n\n", 1),
        ("    a\n\n", 0),
        ("| a |\n|---|\n| b |\n", 0),
        ("| a |\n|---|\n| b |\n\n", 1),
        ("a\n***\n", 2),
        ("-\n\n  ```\na\n\nb\n", 1),
        ("[a]: http://b\n2. c\n\n   d\n\n", 1),
    ],
)
def test_this_many_blocks_are_finished(text, finished):
    blocks = Blocks()
    blocks.feed(text)

    assert len(blocks.finished) == finished


@pytest.mark.parametrize("text", ["a\r\n\r\nb\r\n", "a\r\rb\r", "a\r\n# b\r"])
def test_a_line_end_that_is_cut_in_two_is_one(text):
    blocks = Blocks()
    for character in text:
        blocks.feed(character)
    blocks.close()

    assert blocks.finished == render(text.replace("\r\n", "\n").replace("\r", "\n")).splitlines(keepends=True)


def test_the_open_block_is_rendered_without_colours():
    blocks = Blocks()
    blocks.feed("```python\nimport os\n")

    assert blocks.tail_html() == (
        '<div class="code" dir="ltr"><div class="code-bar"><span class="code-language">python</span></div>'
        '<pre tabindex="0" role="group" aria-label="python"><code>import os</code></pre></div>\n'
    )


def test_looking_at_the_open_block_changes_nothing():
    text = "[a]: https://exa\n[a]\n\n```\nb\n"
    looked_at, left_alone = Blocks(), Blocks()
    for character in text:
        looked_at.feed(character)
        looked_at.tail_html()
    left_alone.feed(text)
    for blocks in (looked_at, left_alone):
        blocks.close()

    assert looked_at.finished == left_alone.finished


def test_nothing_is_open_after_the_end():
    blocks = Blocks()
    blocks.feed("a\n$$\nb")
    blocks.close()

    assert blocks.tail_html() == ""
    assert blocks.open_chars == 0
