"""No text makes rendering fail or take long, whole or while it arrives.

The limits are some ten times what is measured, so that they see squares and not a busy machine.
"""

from time import process_time

import pytest

from chat.rendering.blocks import Blocks
from chat.rendering.markdown import render

CHARS = 20_000
MAX_CPU_SECONDS = 3


def repeated(piece: str) -> str:
    piece = piece.replace("·", " ")
    return (piece * (CHARS // len(piece) + 1))[:CHARS]


REPEATED = r"""
[ ![ [a]( ![a](b ] * **a· a**b _ ` ~~a· < <a· <http://a & &# \ > >· -· 1.· \( $ $a· $x$· : ://
https://a· https://a) ( <br> a:
"""  # a dot stands for a space
LINES = [
    "a\n",
    "> a\n",
    "- a\n",
    "# a\n",
    "a\n=\n",
    "2. a\n",
    "a|b\n",
    "a|b\n-|-|-\n",
    "[\n",
    "[a\n",
    "[a]: b 'c\n",
    "[a\n---\n",
]
LINES += [
    "- a\nb\n  > c\n",
    "> a\nb\n",
    "\\[ a\n",
    "$$ a\n\\[ b\n",
    "```zz\nx\n```\n",
    "***\n",
    "    a\n",
    "-\n\n",
    "\n",
    " \n",
]
ODD = {
    "nested quotes": ">" * 10_000 + "a",
    "nested brackets": "[" * 10_000 + "a" + "]" * 10_000,
    "nested links": "[" * 10_000 + "a" + "](http://b)" * 10_000,
    "nested emphasis": "*" * 10_000 + "a" + "*" * 10_000,
    "nested lists": "".join(f"{' ' * 2 * depth}- a\n" for depth in range(300)),
    "backtick runs": " ".join("`" * length for length in range(1, 300)),
    "one word": "a" * 1_000_000,
    "blanks": "a" + " " * CHARS + "b",
    "definitions": "".join(f"[a{number}]: http://b/{number}\n" for number in range(3_000)) + "[a1]" * 3_000,
    "definitions and lists": "".join(f"[a{number}]: http://b\n2. x\n" for number in range(3_000)),
    "wide table": "|" + "a|" * 5_000 + "\n|" + "-|" * 5_000 + "\n" + "|a\n" * 500,
    "formulas in a label": "[" + repeated("\\(") + "](http://a)",
    "formulas": "".join(f"\\(x_{{{number}}}\\) " for number in range(2_000)),
    "an image in the text": f"![x](data:image/png;base64,{'A' * 500_000})",
    "an open fence": "```python\n" + repeated("a\n"),
    "a lexer's trap": "```perl\n" + "s{" * 9_000,
    "controls": repeated("\u202e\0\ud800\x1b"),
}
TEXTS = {repr(piece): repeated(piece) for piece in [*REPEATED.split(), *LINES]} | ODD


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_it_is_rendered_in_time(text):
    start = process_time()
    html = render(text)

    assert process_time() - start < MAX_CPU_SECONDS
    html.encode()


@pytest.mark.parametrize("name", ["nested quotes", "nested lists", "nested brackets"])
def test_none_of_it_is_dropped(name):
    assert render(TEXTS[name]).count("a</") + render(TEXTS[name]).count("]") >= 1


@pytest.mark.parametrize(
    "piece", ["a\n", "- a\n", "> a\nb\n", "\\[ a\n", "a ", "[", "$$ a\n\\[ b\n", "- a\nb\n  > c\n"]
)
def test_it_is_shown_in_time_while_it_arrives(piece):
    blocks, text = Blocks(), repeated(piece)[: CHARS // 2]
    start = process_time()
    for position in range(0, len(text), 100):
        blocks.feed(text[position : position + 100])
        blocks.tail_html()
    blocks.close()

    assert process_time() - start < 2 * MAX_CPU_SECONDS
