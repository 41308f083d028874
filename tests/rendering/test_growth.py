"""What rendering costs and makes grows with what was written, whatever that is.

Twice the text is twice the work: told by steps of the interpreter, which no busy machine changes. What is written in C
(expressions, the last cleaning) counts none; tests/test_expressions.py holds those.
"""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from chat.rendering import highlighter, mathml
from chat.rendering.markdown import render

UNITS = 60
MOST_GROWTH = 2.6  # of the steps, for twice the text; squares make 4 of it
MOST_CHARS_FOR_ONE = 30  # of HTML: "$x$" and a cell make most
FREE_CHARS = 60_000  # what is allowed once for each text

URL = "http://example.org/" + "a" * 1_900
TEXTS: dict[str, Callable[[int], str]] = {
    "short rows of a wide table": lambda n: "|" + "a|" * n + "\n|" + "-|" * n + "\n" + "|\n" * (3 * n),
    "short rows of a wide centred table": lambda n: "|" + "a|" * n + "\n|" + ":-:|" * n + "\n" + "|a\n" * (3 * n),
    "wide rows of a narrow table": lambda n: "|a|\n|-|\n" + ("|" + "a|" * n + "\n") * 5,
    "tables": lambda n: "a|b\n-|-\n" * n,
    "a long address referred to": lambda n: f"[a]: {URL}\n\n" + "[a]" * 20 * n,
    "a longer address referred to": lambda n: f"[a]: {URL * n}\n\n" + "[a]" * 20 * n,
    "a long title referred to": lambda n: f'[a]: http://b "{URL}"\n\n' + "[a]" * 20 * n,
    "in each block": lambda n: f"[a]: {URL}\n\n" + "[a]\n\n" * 20 * n,
    "an image by reference": lambda n: f"[a]: {URL}\n\n" + "![a]" * 20 * n,
    "an image with a long host": lambda n: f"[a]: http://{'b' * 1_900}\n\n" + "![a]" * 20 * n,
    "definitions": lambda n: "".join(f"[a{i}]: http://b/{i}\n" for i in range(n)) + "\n" + "[a1]" * n,
    "footnotes": lambda n: "a[^1] " * n + "\n\n" + "[^1]: b\n" * n,
    "a footnote in a footnote": lambda n: "[^1]: " * n + "a",
    "deep lists": lambda n: ("- " * 20 + "a\n") * n,
    "deep quotes": lambda n: ("> " * 20 + "a\n") * n,
    "a list without indent": lambda n: "- a\nb\n" * n,
    "lazy quotes": lambda n: ("> " * 15 + "a\n" + "b\n" * 10) * n,
    "brackets": lambda n: "[" * n + "a" + "](b)" * n,
    "emphasis": lambda n: "*a_b" * n + "_*" * n,
    "backticks": lambda n: "".join("`" * (i % 50 + 1) + "a" for i in range(n)),
    "entities": lambda n: "&amp;&#x41;&a" * n,
    "addresses": lambda n: "http://é.example/(a) <http://b>" * n,
    "an address of brackets": lambda n: "http://a" + ")" * n,
    "an address of full stops": lambda n: "http://a" + "." * n,
    "formulas": lambda n: "".join(f"$x_{{{i}}}$ " for i in range(n)),
    "fences": lambda n: "```\na\n```\n" * n,
    "tasks": lambda n: "- [ ] a\n" * n,
    "code of signs": lambda n: "```python\n" + "'a'1" * n + "\n```\n",
    "a paragraph of openers": lambda n: "[a\n" * n,
    "environments never closed": lambda n: "\\begin{align}\n" * n,
    "environments in environments": lambda n: "\\begin{align}\n- a\n" * n + "\\end{align}" * n + " b",
    "environments that end otherwise": lambda n: "a \\begin{align}" * n + "\\end{gather}",
    "formulas never closed": lambda n: "\\[ a\n$$ b\n" * n,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_twice_the_text_is_twice_the_work(text):
    steps(text(5))  # what is made once
    once, twice = text(UNITS), text(2 * UNITS)
    growth = steps(twice) / steps(once) / (len(twice) / len(once) / 2)

    assert growth < MOST_GROWTH


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_html_is_no_more_than_a_multiple_of_the_text(text):
    source = text(4 * UNITS)

    assert len(render(source)) < FREE_CHARS + MOST_CHARS_FOR_ONE * len(source)


def steps(text: str) -> int:
    """How many lines of Python run until it is rendered."""
    mathml.remembered.cache_clear()
    highlighter._too_slow.clear()
    count = 0

    def count_line(frame: object, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return count_line

    before = sys.gettrace()
    sys.settrace(count_line)
    try:
        render(text)
    finally:
        sys.settrace(before)
    return count
