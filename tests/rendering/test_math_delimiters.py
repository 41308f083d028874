"""TeX becomes MathML; money stays money."""

import re
from html import escape

import pytest

from chat.rendering.blocks import Blocks
from chat.rendering.markdown import render
from chat.rendering.math_delimiters import INLINE
from chat.rendering.mathml import mathml


@pytest.mark.parametrize(
    "text",
    [
        "$x$",
        "$n+1$",
        "$E = mc^2$",
        r"$\pi r^2$",
        "$a_1$",
        "$-1$",
        r"\(x\)",
        "$5$",
        "so $x$.",
        "$\\alpha$",
        "|a|\n|-|\n|$5|\n|$x$|",
        "設$x=1$，",
        "関数$f$を",
        "값$x$는",
        "ชุด$x$คือ",
        r"面积$S = \text{长} \times \text{宽}$为",
        r"$\text{\$5}$",
        r"$\$5 + \$6$",
    ],
)
def test_a_formula_in_a_line_is_set(text):
    assert '<math display="inline">' in render(text)


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $6",
        "$5-$6",
        "from $5/month to 10$ or so",
        "costs $5 or 6$ more",
        "costs $3-$5",
        "$1,000 to $2,000, or $5M and $6M",
        "between $5–$10 (about $7)",
        "**$5** vs **$6**",
        "| a | b |\n|-|-|\n| $5 | $6 |",
        "echo $HOME/$PATH, then s/$a/$b/",
        "US$5, AU$6",
        "$HOME/bin:$PATH",
        "echo $A_B/$C_D",
        "共$5元和$6元",
        "从$5到$，",
        "约$5-$6，",
        "价$5/月，$10/年",
        "вместо$x$",
        r"$5, not \$6",
        "$ x $",
        "a$b$c",
        r"\$x\$",
        "$$",
        "$$$$",
        "$",
    ],
)
def test_money_and_variables_stay_text(text):
    html = render(text)

    assert "<math" not in html
    assert "<code" not in html


def test_a_formula_between_unspaced_letters_leaves_them_as_they_are():
    html = render("设$x=1$，求**$f(x)$的值**")

    assert html.startswith('<p dir="auto">设<math')
    assert "</math>，求<strong><math" in html
    assert "</math>的值</strong>" in html


@pytest.mark.parametrize(
    "text",
    [
        r"cmd \[options\] \[input file\]",
        r"see \[Smith et al., 2020\]",
        r"\[INST\] a \[/INST\]",
        r"cmd \[--file=NAME\]",
        r"it is so \[1\], or so \[2, 3\]",
        r"a \(see below\) b",
        r"a \(см. ниже\) b",
        "a café ($$), then one bar ($$)",
    ],
)
def test_words_in_escaped_brackets_stay_words(text):
    assert render(text) == f'<p dir="auto">{text.replace(chr(92), "")}</p>\n'


@pytest.mark.parametrize(
    "tex", ["AB + BC > AC", "ABCD", "O(n log n)", "n mod m", "max(a, b)", "area = width * height", r"\text{if it is}"]
)
def test_a_formula_of_letters_is_set(tex):
    assert '<math display="inline">' in render(rf"so \({tex}\) is")


@pytest.mark.parametrize("text", [r"\[see below\]", "a\n\\[\nspeed\n\\]\nb"])
def test_words_on_lines_of_their_own_are_a_block(text):
    assert '<math display="block">' in render(text)


@pytest.mark.parametrize("text", [r"`$x$`", "```\n$$\nx\n$$\n```", "    $$x$$", r"`\(x\)`"])
def test_code_holds_no_formulas(text):
    assert "<math" not in render(text)


@pytest.mark.parametrize(
    "text", ["$$\nx\n$$", "\\[\nx\n\\]", "$$x$$", r"\[ x \]", "So:\n$$\na\n- b\n$$", "> $$\n> x\n> $$"]
)
def test_a_formula_on_its_own_lines_is_a_block_that_scrolls(text):
    html = render(text)

    assert '<div class="math" tabindex="0" role="group"><math display="block">' in html


@pytest.mark.parametrize("opener", ["$$", r"\["])
@pytest.mark.parametrize(
    ("mark", "indent", "next_mark"),
    [
        ("- ", "  ", "- "),
        ("1. ", "   ", "2. "),
        ("10.  ", "     ", "11. "),
        ("-\t", "\t", "- "),
        ("> - ", ">   ", "> - "),
        ("- > ", "  > ", "- > "),
        ("- 1. ", "     ", "  2. "),
    ],
)
def test_a_formula_right_behind_the_mark_of_a_list_is_in_its_item(opener, mark, indent, next_mark):
    lines = [f"{mark}{opener}", f"{indent}x", f"{indent}{INLINE[opener]}", f"{indent}where x", f"{next_mark}b"]
    html = render("\n".join(lines))

    assert re.search(r"</math></div>\n(?:<p>)?where x", html)
    assert html.count("<ol") + html.count("<ul") == mark.count("-") + mark.count(".")
    assert html.count("<li>") == 2 + (mark == "- 1. ")


def test_the_lines_of_a_formula_are_no_markdown():
    html = render("$$\na\n- b\n= c\n# d\n$$")

    assert html.count("<math") == 1
    assert not any(tag in html for tag in ("<ul", "<h3", "<h4"))


@pytest.mark.parametrize(
    "text", ["$$\na\n> b\n$$", "\\[\na\n  > b\n\\]", "> $$\n> a\n> > b\n> $$", "- > $$\n  > a\n  >> b\n  > $$"]
)
def test_only_the_marks_of_its_own_quote_are_taken_from_a_formula(text):
    assert mathml("a > b", display=True) in render(text)


def test_punctuation_after_a_formula_stays():
    assert "<mo>.</mo>" in render("$$\nx\n$$.") or "<mi>.</mi>" in render("$$\nx\n$$.")


def test_environments_that_models_like_are_known():
    html = render("$$\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n$$")

    assert html.count("<mtr>") == 2
    assert "&amp;" not in html


ALIGNED = "\\begin{align}\na_1 &= b_1 \\\\\nc &= d\n\\end{align}"
MATRIX = r"\begin{pmatrix}1 & 2\\ 3 & 4\end{pmatrix}"


@pytest.mark.parametrize("text", ["{}", "So:\n{}\nand", "- a\n- {}\n- b"])
@pytest.mark.parametrize("tex", [ALIGNED, MATRIX, f"\\begin{{gather*}}\n{MATRIX} \\\\\nx\n\\end{{gather*}}"])
def test_an_environment_on_its_own_lines_is_a_block_like_in_dollars(tex, text):
    html = render(text.format(tex))

    assert mathml(tex, display=True) in html
    assert html == render(text.format(f"$${tex}$$"))


def test_an_environment_in_a_sentence_is_a_formula_in_its_line():
    assert render(f"so {MATRIX} is") == f'<p dir="auto">so {mathml(MATRIX, display=False)} is</p>\n'


def test_an_environment_that_cannot_be_drawn_loses_no_backslash():
    tex = "\\begin{tabular}{cc}\na & b \\\\\n\\end{tabular}"

    assert f'<code class="tex">{escape(tex)}</code>' in render(tex)


@pytest.mark.parametrize(
    "text", [f"`{MATRIX}`", f"```\n{ALIGNED}\n```", r"\begin{quote} a \end{quote}", r"\begin{align} a \end{gather}"]
)
def test_other_environments_and_code_are_no_formulas(text):
    assert "<math" not in render(text)


def test_an_open_environment_waits_for_its_end():
    blocks = Blocks()
    blocks.feed("\\begin{align}\na\n- b\n")

    assert blocks.finished == []
    assert '<code class="tex">\\begin{align}\na\n- b\n</code>' in blocks.tail_html()

    blocks.feed("\\end{align}\n")
    assert [html.count("<math") for html in blocks.finished] == [1]


@pytest.mark.parametrize("tex", [r"x^y^z", r"\frac", r"\left(", "{" * 2_000, r"\begin{matrix}" * 50, "x" * 5_000])
def test_invalid_or_endless_tex_is_shown_as_it_is(tex):
    assert f'<code class="tex">{tex}</code>' in render(f"$$\n{tex}\n$$")


def test_tex_cannot_bring_html():
    html = render(r"$$\text{</math><script>alert(1)</script>}$$")

    assert "<math" in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "tex", [r"\href{javascript:x}{y}", r"\style{color:red}{z}", r"\class{code}{w}", r"\label{x}\eqref{x}"]
)
def test_tex_cannot_bring_attributes(tex):
    assert f'<code class="tex">{tex}</code>' in render(f"$${tex}$$")


def test_an_open_formula_waits_for_its_end():
    blocks = Blocks()
    blocks.feed("$$\na\n- b\n# c\n")

    assert blocks.finished == []
    assert '<code class="tex">$$\na\n- b\n# c\n</code>' in blocks.tail_html()

    blocks.feed("$$\n")
    assert [html.count("<math") for html in blocks.finished] == [1]


def test_a_formula_that_never_ends_is_text_from_the_next_blank_line_on():
    blocks = Blocks()
    blocks.feed("$$\na\n# b\n\nc\n\n")

    assert blocks.finished == [
        '<p dir="auto">$$<br>\na</p>\n',
        '<h3 dir="auto">b</h3>\n',
        '<p dir="auto">c</p>\n',
    ]
