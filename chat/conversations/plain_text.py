r"""Markdown as words on a line, for where there is no room for more: excerpts and titles.

No parser: texts are long, and what is cut out of them is no whole Markdown. Each expression takes time in proportion to
the text, whatever is in it: no two repeats in a row may take the same character, and none begins where another ends.
tests/conversations/test_plain_text.py measures it.
"""

import re
import unicodedata

LONGEST_FORMULA = 60  # characters that are shown of one

FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)
RULE = re.compile(r"^[-:|=_* \t]{3,}$", re.MULTILINE)  # also the one below a table's head
LINE_MARKS = re.compile(r"^[ \t]*(?:(?:#{1,6}|>|[-*+]|\[[ xX]\])[ \t]+)+", re.MULTILINE)
EDGES_OF_ROWS = re.compile(r"^[ \t]*\|[ \t]?|[ \t]?\|$", re.MULTILINE)
LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*(?:[ \t][^()\n]*)?\)")
STRONG = re.compile(r"(?<![A-Za-z0-9_])\*\*+|\*\*+(?![A-Za-z0-9_])|~~")
EMPHASIS = re.compile(r"(?<![\w*\\])\*(?=[^\s*])|(?<=[^\s*\\])\*(?![\w*])")
TICKS = re.compile(r"`+")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")

FORMULA = re.compile(
    r"\$\$(?P<display>[^$]{1,2000})\$\$"
    r"|\\\[(?P<block>(?:[^\\]|\\[^\[\]]){1,2000})\\\]"
    r"|\\\((?P<inline>(?:[^\\]|\\[^()]){1,2000})\\\)"
    r"|(?<![\w$])\$(?![\s$])(?P<dollars>[^$\n`]{1,200})(?<!\s)\$(?![0-9A-Za-z$])"
)
IS_TEX = re.compile(r"[\\^_=+<>{}]|^.{1,2}$")
BRACED = r"\s?\{([^{}]*)\}"
FRACTION = re.compile(rf"\\[dt]?frac{BRACED}{BRACED}")
WRAPPED = re.compile(rf"\\(?:text|mathrm|mathbf|mathbb|mathcal|mathit|operatorname|boxed|bar|hat|vec|tilde){BRACED}")
ROOT = re.compile(rf"\\sqrt{BRACED}")
ENVIRONMENT = re.compile(
    r"\\(?:begin|end)\{[^{}]*\}|\\(?:left|right|big|Big|bigg|displaystyle)(?![A-Za-z])|\\\\|\\[,;:! ]|&"
)
COMMAND = re.compile(r"\\([A-Za-z]+)")
RAISED = re.compile(r"([\^_])(?:\{([^{}]*)\}|([^\s({\\]))")
GREEK = (
    *(
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
    ),
    *("pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)


def _greek(size: str, name: str) -> str:
    return unicodedata.lookup(f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")  # as Unicode spells it


SYMBOLS = {
    **{name: _greek("SMALL", name) for name in GREEK},
    **{name.title(): _greek("CAPITAL", name) for name in GREEK},
    **{"times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥"},
    **{"ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "~", "propto": "∝", "infty": "∞", "partial": "∂"},
    **{"sum": "∑", "prod": "∏", "int": "∫", "nabla": "∇", "in": "∈", "notin": "∉", "subset": "⊂", "cup": "∪"},
    **{"cap": "∩", "forall": "∀", "exists": "∃", "to": "→", "rightarrow": "→", "implies": "⇒"},
    **{"leftarrow": "←", "mapsto": "↦", "ldots": "…", "cdots": "…", "dots": "…", "quad": " ", "qquad": " "},
    **{"degree": "°", "circ": "°", "angle": "∠", "neg": "¬", "land": "∧", "lor": "∨", "hbar": "ħ", "ell": "ℓ"},
}
HIGH = dict(zip("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", strict=True))
LOW = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))


def plain_text(markdown: str) -> str:
    """The words of a text in its lines, without marks; formulas as far as letters can say them."""
    text = FORMULA.sub(_said, FENCE.sub("", markdown))
    text = RULE.sub("", text)
    text = EDGES_OF_ROWS.sub("", LINE_MARKS.sub("", text))
    text = LINK.sub(r"\1", text)
    text = TICKS.sub("", EMPHASIS.sub("", STRONG.sub("", text)))
    return ESCAPED.sub(r"\1", text)


def _said(formula: re.Match[str]) -> str:
    tex = next(filter(None, formula.groups()))
    if formula["dollars"] and not IS_TEX.search(tex):
        return formula[0]
    said = tex_in_letters(tex)
    return said if len(said) <= LONGEST_FORMULA else said[: LONGEST_FORMULA - 1].rstrip() + "…"


def tex_in_letters(tex: str) -> str:
    r"""A formula to read: "\frac{a}{b} \le x^2" is "a/b ≤ x²"."""
    tex = ENVIRONMENT.sub(" ", tex[: 10 * LONGEST_FORMULA])
    for _ in range(3):  # from within; what is nested deeper loses its braces alone
        tex = FRACTION.sub(r"\1/\2", WRAPPED.sub(r"\1", ROOT.sub(r"√\1", tex)))
        tex = RAISED.sub(_raised, tex)
    tex = COMMAND.sub(lambda command: SYMBOLS.get(command[1], command[1] + " "), tex)
    return " ".join(tex.replace("{", "").replace("}", "").replace("\\", "").split())


def _raised(match: re.Match[str]) -> str:
    mark, inside = match[1], match[2] if match[2] is not None else match[3]
    letters = HIGH if mark == "^" else LOW
    if all(character in letters for character in inside):
        return "".join(letters[character] for character in inside)
    return mark + inside if len(inside) == 1 else f"{mark}({inside})"
