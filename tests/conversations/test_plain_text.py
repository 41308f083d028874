"""Markdown as words on a line."""

import pytest

from chat.conversations.plain_text import plain_text, tex_as_text
from tests.linear_time import is_in_proportion


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# Title\n\n> - [x] **Bold**, *soft*, ~~gone~~ and `code`", "Title\n\nBold, soft, gone and code"),
        ("```python\nprint(1)\n```", "\nprint(1)\n"),
        ("```x``` is code in a line", "x is code in a line"),
        ("| a | b |\n|---|:-:|\n| c | d |", "a | b\n\nc | d"),
        ("他说**要点：**先过筛", "他说要点：先过筛"),
        ("[text](https://example.org 'title') ![alt](/a.png)", "text alt"),
        ("5*3, a * b, 2**10, snake_case, \\*", "5*3, a * b, 2**10, snake_case, *"),
        ("It costs $5 and $10, $HOME/$USER", "It costs $5 and $10, $HOME/$USER"),
        (r"Then $x^2 + y_1$ and \(\alpha\)", "Then x² + y₁ and α"),
        (r"$$\frac{a}{b} \le \sqrt{2}$$", "a/b ≤ √2"),
        (r"\[\sum_{i=1}^{n} i\]", "∑_(i=1)ⁿ i"),
        ("$" + "x^2 + " * 30 + "1$", "x² + x² + x² + x² + x² + x² + x² + x² + x² + x² + x² + x² +…"),
    ],
)
def test_marks_go_and_words_stay(markdown, expected):
    assert plain_text(markdown) == expected


@pytest.mark.parametrize("tex", ["\\", "{", "}}{{", "^", "_{", r"\frac{a", r"\unknown{x}", "^^^", r"\begin{a}"])
def test_no_formula_is_an_error(tex):
    assert "{" not in tex_as_text(tex)


PIECES = [
    *("*", "**", "* ", "`", "```\n", "~~~", "$", "$$", "$x", "\\[", "\\(", "\\\\", "\\[\\", "[", "[](", "![", "[a](b "),
    *(
        " ",
        "\t",
        "\n",
        "> ",
        ">",
        "- ",
        "# ",
        "- [ ] ",
        "|",
        "| ",
        "|-",
        "-",
        ":-",
        "{",
        "\\frac{",
        "^{",
        "_",
        "x^",
        "a",
    ),
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("before", ["", "x", "$", "["])
def test_it_takes_time_in_proportion_to_the_text(piece, before):
    assert is_in_proportion(plain_text, (before + piece) * 1_500)
