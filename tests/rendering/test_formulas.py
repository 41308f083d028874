r"""What models write in formulas comes out as it is meant, or as the TeX that it is.

Each formula is compared with an outline: an element is its name and, in brackets, what is in it; a row of several is
just them, one after the other; spaces are left out.
"""

import json
import subprocess
import sys
import unicodedata
from xml.etree.ElementTree import Element, fromstring

import pytest

from chat.rendering.allow_list import clean
from chat.rendering.mathml import MAX_TEX_CHARS, mathml

TOKENS = {"mi", "mn", "mo", "mtext"}
INVISIBLE = {"\u2061": "", "\u2063": "", "\xa0": " "}


def outline(part: Element) -> str:
    if part.tag in TOKENS:
        text = unicodedata.normalize("NFKC", "".join(INVISIBLE.get(sign, sign) for sign in part.text or ""))
        return text.replace("\ufe00", "").replace("\ufe01", "")
    inside = " ".join(filter(None, map(outline, part)))
    if part.tag in {"math", "mrow", "mstyle", "mspace", "mpadded"}:
        return inside
    names = " ".join([part.tag, *part.get("notation", "").split()])
    return f"{names}({inside})"


def shown(tex: str) -> str:
    return outline(fromstring(mathml(tex, display=True)))  # noqa: S314


RIGHT = {
    # commands that browsers or the last converter did not show
    r"\cancel{6}": "menclose updiagonalstrike(6)",
    r"\xcancel{6}": "menclose updiagonalstrike downdiagonalstrike(6)",
    r"\boxed{x}": "menclose box(x)",
    r"\fbox{$x$ m}": "menclose box(x  m)",
    r"a\mathbin{+}b": "a + b",
    r"\mathop{\mathrm{argmax}}_x": "munder(argmax x)",
    r"\mathop{\text{argmin}}\limits_{x}": "munder(argmin x)",
    r"\operatorname*{\arg\max}_x": "munder(arg max x)",
    r"\arg\max": "arg max",
    r"\sin x": "sin x",
    r"\not= \not\in": "≠ ∉",
    r"\overline{AB}": "mover(A B ̲)",
    r"90\degree": "90 °",
    # rows
    r"\begin{aligned} a &= b \\[6pt] &= c \end{aligned}": "mtable(mtr(mtd(a) mtd(= b)) mtr(mtd() mtd(= c)))",
    r"\begin{aligned}[t] a \\* b \\ \end{aligned}": "mtable(mtr(mtd(a)) mtr(mtd(b)))",
    r"a \\ b": "mtable(mtr(mtd(a)) mtr(mtd(b)))",
    r"a &= b \\ c &= d": "mtable(mtr(mtd(a) mtd(= b)) mtr(mtd(c) mtd(= d)))",
    r"x \\": "x",
    r"\begin{align*} a &= b \end{align*}": "mtable(mtr(mtd(a) mtd(= b)))",
    r"\begin{alignat}{2} a &= b \end{alignat}": "mtable(mtr(mtd(a) mtd(= b)))",
    r"\begin{gather} a \\ b \end{gather}": "mtable(mtr(mtd(a)) mtr(mtd(b)))",
    r"\begin{multline} a \\ b \end{multline}": "mtable(mtr(mtd(a)) mtr(mtd(b)))",
    r"\begin{equation} \begin{split} a &= b \end{split} \label{x} \end{equation}": "mtable(mtr(mtd(a) mtd(= b)))",
    r"\begin{eqnarray} a &=& b \end{eqnarray}": "mtable(mtr(mtd(a) mtd(=) mtd(b)))",
    r"\begin{array}{@{}l|*{2}{c}@{}} \hline a & b & c \\ \hline \end{array}": "mtable(mtr(mtd(a) mtd(b) mtd(c)))",
    r"\begin{pmatrix*}[r] a & b \end{pmatrix*}": "( mtable(mtr(mtd(a) mtd(b))) )",
    r"\begin{bmatrix} [x] & b \end{bmatrix}": "[ mtable(mtr(mtd([ x ]) mtd(b))) ]",
    r"\begin{smallmatrix} a & b \end{smallmatrix}": "mtable(mtr(mtd(a) mtd(b)))",
    r"\begin{cases} a & \text{if $b_1$} \\ b \end{cases}": "{ mtable(mtr(mtd(a) mtd(if  msub(b 1))) mtr(mtd(b)))",
    r"\sum_{\substack{a \\ b}} c": "munder(∑ mtable(mtr(mtd(a)) mtr(mtd(b)))) c",
    r"x \tag{1}": "mtable(mtr(mtd() mtd(x) mtd((1))))",
    r"\begin{align} a &= b \tag{2} \end{align}": "mtable(mtr(mtd() mtd(a) mtd(= b) mtd((2))))",
    r"\begin{aligned} a &= b \end{aligned} \tag*{A}": "mtable(mtr(mtd() mtd(mtable(mtr(mtd(a) mtd(= b)))) mtd(A)))",
    # text
    r"\text{\$5}": "$5",
    r"\text{5% of} x": "5% of x",
    r"5% \text{ of }": "5 %  of ",
    r"\text{a $x$ b}": "a  x  b",
    r"\text{a_b R&D}": "a_b R&D",
    r"\textbf{a}\mbox{b}\textnormal{c}": "a b c",
    r"\text{\'etude}": "étude",
    # the rest
    r"\left. x \right|_{0}": "msub(x | 0)",
    r"\xrightarrow[b]{a}": "munderover(→ munder(b) mover(a))",
    r"\underbrace{a}_{b}": "munder(munder(a ⏟) b)",
    r"\stackrel{a}{=}": "mover(= a)",
    r"a \pmod{n}": "a ( mod n )",
    r"\abs{x}\norm{x}": "| x | ‖ x ‖",
    r"\mathbb{R}\mathds{1}\mathbf{x}\boldsymbol{\alpha}\mathcal{L}": "R 1 x α L",
    r"\textcolor{#ff0000}{x}\color{red}{y}z": "x y z",
    r"\cfrac[l]{a}{b}\tfrac12": "mfrac(a b) mfrac(1 2)",
    r"\smash[b]{x}\hspace*{1em}y": "x y",
    r"{}^{14}_{6}\mathrm{C}": "msubsup(6 14) C",
    r"\iint_D \oint": "msub(∫∫ D) ∮",
    r"a \# # b": "a # # b",
    r"f''(x)": "msup(f ′′) ( x )",
    r"\backslash": "\\",
}


@pytest.mark.parametrize("tex", RIGHT)
def test_it_is_shown_as_it_is_meant(tex):
    assert shown(tex) == RIGHT[tex]


AS_TEX = [
    r"\ce{H2O}",
    r"\SI{5}{\meter}",
    r"\href{https://example.org}{x}",
    r"\unicode{x41}",
    r"\rule{1em}{1em}",
    r"\colorbox{red}{x}",
    r"\operatorname{}x",
    r"\mathchoice{a}{b}{c}{d}",
    r"a % b",
    r"\newcommand{\a}{b}\a",
    r"\def\a{\a\a}\a",
    r"\let\a=b",
    r"\begin{tabular}{c} a \end{tabular}",
    r"\begin{CD} A @>>> B \end{CD}",
    r"\text{a $x b}",
    r"\text{a",
    r"\limits_a",
    r"\cancelto{0}{x}",
    r"\intertext{a}",
    r"x_1_2",
]


@pytest.mark.parametrize("tex", AS_TEX)
def test_what_cannot_be_shown_is_the_tex_as_it_is(tex):
    assert shown_as_code(tex)


def shown_as_code(tex: str) -> bool:
    return mathml(tex, display=True).startswith('<code class="tex">')


PIECES = [
    ("{", "}"),
    ("{", ""),
    (r"\frac{", "}{y}"),
    (r"\frac1", ""),
    (r"\bm x", ""),
    (r"\left(", r"\right)"),
    ("x^{", "}"),
    (r"\begin{matrix}", r"\end{matrix}"),
    (r"\begin{array}{c|c||c}", r"\end{array}"),
    (r"\textstyle ", ""),
    (r"\color{red}", ""),
    (r"\text{$", "$}"),
    ("(", ")"),
    ("'", ""),
    ("&", ""),
    (r"\\", ""),
    (r"&\\", ""),
    (r"\xrightarrow a", ""),
    (r"\substack{", "}"),
    (r"\newcommand{\a}{\a\a}\a", ""),
]
IN_A_SMALL_THREAD = """
import json, sys, threading
from chat.rendering.mathml import mathml
threading.stack_size(4 << 20)  # half of what threads have here
texts = json.load(sys.stdin)
thread = threading.Thread(target=lambda: print(max(len(mathml(tex, True)) / len(tex) for tex in texts)))
thread.start()
thread.join()
"""
MOST_GROWTH = 60


def test_no_nesting_ends_the_process_and_no_formula_grows_much():
    texts = [
        text[:MAX_TEX_CHARS]
        for opening, closing in PIECES
        for times in (20, 45, 100, MAX_TEX_CHARS // len(opening + closing))
        for text in (opening * times + "x" + closing * times, opening * times)
    ]
    done = subprocess.run(
        [sys.executable, "-c", IN_A_SMALL_THREAD], input=json.dumps(texts), capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr[-1_000:]
    assert float(done.stdout) < MOST_GROWTH


@pytest.mark.parametrize(
    "piece",
    ["(", "[x", r"\lVert ", r"\sin(x", "{(}", "(^)", r"(\hat)", r"(\frac{x})", r"(\sqrt[x])", r"\pmod\a ", r"\Bigl)("],
)
def test_brackets_that_nothing_closes_come_to_an_end(piece):
    """Without a limit each of them doubles the time, and this would not return."""
    assert mathml(piece * 60, display=True).startswith("<")


@pytest.mark.parametrize("piece", ["f(x)", r"\left(x\right)", r"\bigl(x\bigr)", r"\{x\}", "[0,1)", r"\lVert x \rVert "])
def test_many_brackets_are_still_a_formula(piece):
    assert shown(piece * 30) == " ".join([shown(piece)] * 30)


@pytest.mark.parametrize("begin", [r"\begin{array}", r"\begin {array} ", r"\begin{subarray}", r"\begin{darray}"])
@pytest.mark.parametrize("columns", ["c" + "|" * 60 + "c", "c" + "|" * 300 + "c", "c" * 300])
def test_columns_without_end_are_the_tex_as_it_is(begin, columns):
    assert shown_as_code(
        rf"{begin}{{{columns}}}" + r"&\\" * 30 + r"\end{array}".replace("array", begin[7:].strip("{} "))
    )


def test_a_formula_leaves_nothing_for_the_next():
    mathml(r"\begin{align} a \tag{1} \end{align}", display=True)
    assert shown_as_code(r"\newcommand{\mine}{x} \mine")
    assert shown_as_code(r"\mine")


def test_nothing_of_it_is_a_style_or_an_id():
    for tex in RIGHT:
        html = mathml(tex, display=True)
        assert not [name for name in (" style=", " id=", " href=") if name in html]
        assert clean(html).replace("&nbsp;", "\xa0") == html
