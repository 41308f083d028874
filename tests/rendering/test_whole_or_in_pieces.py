"""An answer has the same HTML whole, in pieces of any size, and as one run of the parser."""

import random
import re

import pytest

from chat.rendering.blocks import Blocks
from chat.rendering.footnotes import FirstOnes
from chat.rendering.forbidden_characters import presentable
from chat.rendering.links import References
from chat.rendering.markdown import render
from chat.rendering.page_html import page_html
from chat.rendering.preprocessing import protected

VISIBLE = r"""
a word -· - *· +· 1.· 2.· 10)· >· > #· ``` ~~~ ```` ```py · ·· ···· --- *** === = [a] * ** _ ` $$ \[ \] $x$ \(y\)
<b> <br> &amp; [x]· ~~ https://e.org/x \ é ![p](http://q/r) : ' | a|b |a|b| -|- |--|--| [a]:·http://x [b]:·/u·'x'
[^1] [^1]: [^1]:·a a[^n] [^n]:·· [^2]:·```
"""  # a dot stands for a space
ANYTHING = [piece.replace("·", " ") for piece in VISIBLE.split()]
ANYTHING += ["\u2028", "\x0b", "\t", "\r\n", "\r", "\n\n", "\n\n", *"\n" * 12]

INDENTS = ["", "", "", "", " ", "  ", "   ", "    ", "\t"]
MARKERS = [
    "",
    "",
    "",
    "- ",
    "* ",
    "1. ",
    "2. ",
    "10. ",
    "> ",
    "# ",
    "```",
    "~~~",
    "-",
    "- [ ] ",
    "-     ",
    "[a]: ",
    "[^1]: ",
    "[^b]:",
]
CONTENTS = [
    "a",
    "b c",
    "",
    "",
    "---",
    "===",
    "|a|b|",
    "|--|--|",
    "x|y",
    "$$",
    "\\[",
    "\\]",
    "*x",
    "y*",
    "`",
    "***",
    "x $$",
]


@pytest.mark.parametrize("seed", range(8))
def test_pieces_make_the_same_blocks_as_the_whole(seed):
    chance = random.Random(seed)
    for _ in range(500):
        text = some_text(chance)

        assert in_pieces(text, chance) == whole(text), repr(text)


FORMULA_MARKS = ["$$", "\\[", "\\]", "\\begin{align}", "\\end{align}", "\\begin{cases}", "\\end{cases}", "", "a", "- "]


@pytest.mark.parametrize("seed", range(4))
def test_formulas_of_many_lines_are_the_same_in_pieces(seed):
    chance = random.Random(seed)
    for _ in range(400):
        lines = ["".join(map(chance.choice, (INDENTS, MARKERS, FORMULA_MARKS))) for _ in range(chance.randint(1, 9))]
        text = "\n".join(lines)

        assert in_pieces(text, chance) == whole(text), repr(text)


@pytest.mark.parametrize("seed", range(8))
def test_cutting_into_blocks_changes_nothing_for_the_parser(seed):
    """Where no link definition comes after its use, and nothing is taken out that goes beyond its block."""
    chance = random.Random(seed)
    for _ in range(400):
        text = re.sub(r"[$`\\]|~~~|\[\^[12n]\]", "", some_text(chance).replace("]:", "] :"))
        source = presentable(text)
        source += "" if source.endswith("\n") else "\n"
        at_once = FirstOnes().marked(page_html(protected(source), References())) if source.strip(" \t\n") else ""

        assert render(text) == at_once, repr(text)


def some_text(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return "".join(chance.choices(ANYTHING, k=chance.randint(1, 40)))
    lines = ["".join(map(chance.choice, (INDENTS, MARKERS, CONTENTS))) for _ in range(chance.randint(1, 14))]
    return "\n".join(lines)


def whole(text: str) -> list[str]:
    blocks = Blocks()
    blocks.feed(text)
    blocks.close()
    assert "".join(blocks.finished) == render(text)
    return blocks.finished


def in_pieces(text: str, chance: random.Random) -> list[str]:
    blocks, start = Blocks(), 0
    longest = chance.choice([1, 3, 30])
    while start < len(text):
        end = start + chance.randint(1, longest)
        blocks.feed(text[start:end])
        seen = list(blocks.finished)
        if chance.random() < 0.3:
            blocks.tail_html()
        start = end
        assert blocks.finished == seen
    blocks.close()
    return blocks.finished
