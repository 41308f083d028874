r"""Turns Markdown into plain text, for excerpts and titles.

Uses no parser: texts are long, and excerpts are not valid Markdown. Each expression must take time in proportion to the
text, whatever it is: no two repeats in a row may match the same character, and none may begin where another ends.
tests/conversations/test_plain_text.py measures it.
"""

import re
import unicodedata

MAX_FORMULA_CHARACTERS = 60  # longer ones are shortened

FENCE = re.compile(r"^[ \t]*+(?:`{3,}+[^`\n]*+|~{3,}+[^\n]*+)$", re.MULTILINE)
RULE = re.compile(r"^[-:|=_* \t]{3,}$", re.MULTILINE)  # also the line below the head of a table
LINE_MARKS = re.compile(r"^[ \t]*(?:(?:#{1,6}|>|[-*+]|\[[ xX]\])[ \t]+)+", re.MULTILINE)
TABLE_EDGES = re.compile(r"^[ \t]*\|[ \t]?|[ \t]?\|$", re.MULTILINE)
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
SCRIPT = re.compile(r"([\^_])(?:\{([^{}]*)\}|([^\s({\\]))")
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
    return unicodedata.lookup(f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")  # Unicode's spelling


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
SUPERSCRIPTS = dict(zip("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", strict=True))
SUBSCRIPTS = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))


def plain_text(markdown: str) -> str:
    """The text without Markdown, with the same lines; formulas as Unicode characters, as far as possible."""
    text = FORMULA.sub(_formula_as_text, FENCE.sub("", markdown))
    text = RULE.sub("", text)
    text = TABLE_EDGES.sub("", LINE_MARKS.sub("", text))
    text = LINK.sub(r"\1", text)
    text = TICKS.sub("", EMPHASIS.sub("", STRONG.sub("", text)))
    return ESCAPED.sub(r"\1", text)


def _formula_as_text(formula: re.Match[str]) -> str:
    tex = next(filter(None, formula.groups()))
    if formula["dollars"] and not IS_TEX.search(tex):
        return formula[0]
    text = tex_as_text(tex)
    return text if len(text) <= MAX_FORMULA_CHARACTERS else text[: MAX_FORMULA_CHARACTERS - 1].rstrip() + "…"


def tex_as_text(tex: str) -> str:
    r"""A formula in TeX as text: "\frac{a}{b} \le x^2" is "a/b ≤ x²"."""
    tex = ENVIRONMENT.sub(" ", tex[: 10 * MAX_FORMULA_CHARACTERS])
    for _ in range(3):  # from the inside out; deeper nesting loses only its braces
        tex = FRACTION.sub(r"\1/\2", WRAPPED.sub(r"\1", ROOT.sub(r"√\1", tex)))
        tex = SCRIPT.sub(_script, tex)
    tex = COMMAND.sub(lambda command: SYMBOLS.get(command[1], command[1] + " "), tex)
    return " ".join(tex.replace("{", "").replace("}", "").replace("\\", "").split())


def _script(match: re.Match[str]) -> str:
    mark, inside = match[1], match[2] if match[2] is not None else match[3]
    letters = SUPERSCRIPTS if mark == "^" else SUBSCRIPTS
    if all(character in letters for character in inside):
        return "".join(letters[character] for character in inside)
    return mark + inside if len(inside) == 1 else f"{mark}({inside})"
