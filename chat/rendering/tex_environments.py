r"""`\begin` and `\end` of what math-core does not know, in what it knows; rows outside of any; the depth of it all."""

import re

MAX_DEPTH = 50  # of groups: each takes 2 KB of the C stack, and to overflow that ends the process

ENVIRONMENT = re.compile(r"(?<!\\)\\(begin|end)\s*\{\s*([A-Za-z]{1,20}\*?)\s*\}(?:\[([tbclr])\])?")
ALIGNED = ("align", "alignat", "flalign", "split", "alignedat")
GATHERED = ("gather", "multline")
KIN = {
    **{name + star: "aligned" for name in ALIGNED for star in ("", "*")},
    **{name + star: "gathered" for name in GATHERED for star in ("", "*")},
    **dict.fromkeys(["equation", "equation*", "displaymath", "math"], ""),
    "smallmatrix": "matrix",
}
WITH_TAGS = {  # they number only the rows that have a tag
    **{name + star: "align*" for name in ALIGNED[:3] for star in ("", "*")},
    **{name + star: "gather*" for name in GATHERED for star in ("", "*")},
}
TAG = re.compile(r"(?<!\\)\\tag(?![A-Za-z])")
NUMBERED = re.compile(r"\\begin\{(?:align|gather)\*\}")
COUNT = re.compile(r"(?<!\\)(\\begin\{align(?:ed)?at\*?\})\{\d{1,2}\}")

FENCES = {
    "": (r"\left.", r"\right."),
    "p": (r"\left(", r"\right)"),
    "b": (r"\left[", r"\right]"),
    "B": (r"\left\{", r"\right\}"),
    "v": (r"\left|", r"\right|"),
    "V": (r"\left\|", r"\right\|"),
}
MATRICES = {f"{fence}matrix{star}" for fence in FENCES for star in ("", "*")}
OTHERS = {"aligned", "gathered", "cases", "dcases", "rcases", "array", "eqnarray", "eqnarray*", "tabular"}
OF_FORMULAS = {*KIN, *MATRICES, *OTHERS}  # what is in one is no Markdown, even where it cannot be drawn
MATRIX = re.compile(r"([pbBvV]?)matrix\*")
MOST_COLUMNS = 20

ARRAY = re.compile(r"\\begin\{(?:d|sub)?array\}")
COLUMNS = re.compile(r"(?<!\\)(\\begin\{(?:d|sub)?array\})\s?\{((?:[^{}\\&]|\{[^{}&]{0,20}\}){0,100})\}")
NO_COLUMNS = re.compile(r"[@!>]\{[^{}]{0,20}\}|\s")
PARAGRAPHS = re.compile(r"[pmb]\{[^{}]{0,20}\}")
REPEATED = re.compile(r"\*\{?(\d{1,2})\}?\{([lcr|:]{1,5})\}")
KNOWN_COLUMNS = re.compile(r"[|:]{0,2}(?:[lcr][|:]{0,2}){1,40}")

# math-core reads on from each opening bracket to look for the closing one, and again from the next: where there are
# none, one more takes twice as long. Some commands open one, too, and what takes an argument takes a bracket for it.
MAX_UNCLOSED = 8
MANY_ARGUMENTS = re.compile(r"\\(?:genfrac|prescript|sideset|mathchoice)(?![A-Za-z])")
NESTING = re.compile(
    r"""
    (?P<deeper> \\begin(?![A-Za-z]) | \\left(?![A-Za-z])\s?(?:\\[A-Za-z]{1,20}|\\.|[^\\\s{}])? | \{ )
    | (?P<higher> \\end(?![A-Za-z]) | \\right(?![A-Za-z])\s?(?:\\[A-Za-z]{1,20}|\\.|[^\\\s{}])? | \} )
    | \\(?:[bB]igg?[lmr]?|middle)(?![A-Za-z])\s?(?:\\[A-Za-z]{1,20}|\\.|[^\\\s{}])
    | (?P<opening> [(\[⌈⌊⟦⟨] | \\\{ | \\(?:l(?:[vV]ert|[lA]?[aA]ngle|ang|ceil|floor|group|moustache|lcorner|lbracket
        |lparenthesis|[bB]race|brack|paren)|ulcorner)(?![A-Za-z])
        | \\(?:p?mod|pod|[bB]ra|[kK]et|[bB]raket|[sS]et)(?![A-Za-z])\s?(?![\s{A-Za-z0-9]) )
    | (?P<closing> [)\]⌉⌋⟧⟩] | \\\} | \\(?:r(?:[vV]ert|[rA]?[aA]ngle|ang|ceil|floor|group|moustache|rbracket
        |rparenthesis|[bB]race|brack|paren)|[lu]rcorner)(?![A-Za-z]) )
    | (?P<table> \\\\ | & )
    | \\.
    """,
    re.VERBOSE | re.DOTALL,
)


def with_known_environments(tex: str) -> str:
    """The formula without environments that math-core does not know. Raises ValueError when it is nested too deep."""
    has_tag = bool(TAG.search(tex))
    kin = KIN | WITH_TAGS if has_tag else KIN
    tex = ENVIRONMENT.sub(lambda found: known(found, kin), COUNT.sub(r"\1", tex))
    tex, arrays = COLUMNS.subn(with_known_columns, tex)
    if arrays != len(ARRAY.findall(tex)):
        raise ValueError("unknown columns")
    return with_safe_brackets(with_rows(tex, has_tag))


def known(found: re.Match[str], kin: dict[str, str]) -> str:
    command, name, position = found.groups()
    if matrix := MATRIX.fullmatch(name):
        return aligned_matrix(command, *FENCES[matrix[1]], position or "c")
    if name == "eqnarray":
        return r"\begin{darray}{rcl}" if command == "begin" else r"\end{darray}"
    name = kin.get(name, name)
    literal = f"[{position}]" if position and name.endswith("matrix") else ""
    return rf"\{command}{{{name}}}{literal}" if name else ""


def aligned_matrix(command: str, left: str, right: str, position: str) -> str:
    columns = position * MOST_COLUMNS
    return rf"{left}\begin{{array}}{{{columns}}}" if command == "begin" else rf"\end{{array}}{right}"


def with_known_columns(found: re.Match[str]) -> str:
    """Many lines between two columns would be as many cells in each row."""
    columns = PARAGRAPHS.sub("l", NO_COLUMNS.sub("", found[2]))
    columns = REPEATED.sub(lambda repeat: int(repeat[1]) * repeat[2], columns)
    if not KNOWN_COLUMNS.fullmatch(columns):
        raise ValueError("no columns that can be drawn")
    return f"{found[1]}{{{columns}}}"


def with_rows(tex: str, has_tag: bool) -> str:
    r"""The formula in an environment if it needs one: for `\\` or `&` outside of any, and for a tag."""
    tex = tex.strip()
    tex = tex.removesuffix(r"\\")
    found = outside(tex)
    if "&" in found:
        return enclosed(tex, "align*" if has_tag else "aligned")
    if r"\\" in found:
        return enclosed(tex, "gather*" if has_tag else "gathered")
    return enclosed(tex, "equation*") if has_tag and not NUMBERED.search(tex) else tex


def enclosed(tex: str, environment: str) -> str:
    return rf"\begin{{{environment}}}{tex}\end{{{environment}}}"


def outside(tex: str) -> set[str]:
    """The signs of a table that stand in no group. Raises ValueError for groups and brackets that take too long."""
    unclosed, groups, found = 0, [0], set()
    for token in NESTING.finditer(tex):
        match token.lastgroup:
            case "deeper":
                groups.append(0)
            case "higher":
                unclosed += groups.pop()
                groups = groups or [0]
            case "opening":
                groups[-1] += 1
            case "closing":
                groups[-1] = max(groups[-1] - 1, 0)
            case "table" if len(groups) == 1:
                found.add(token[0])
        if len(groups) > MAX_DEPTH:
            raise ValueError("nested too deep")
    if unclosed + sum(groups) > MAX_UNCLOSED:
        raise ValueError("too many brackets are not closed")
    return found


def with_safe_brackets(tex: str) -> str:
    """The same formula; where it has many brackets, none that closes one can be the argument of a command."""
    if sum(token.lastgroup == "opening" for token in NESTING.finditer(tex)) <= MAX_UNCLOSED:
        return tex
    if MANY_ARGUMENTS.search(tex):
        raise ValueError("it may take too long")
    return NESTING.sub(lambda token: "{}{}" * (token.lastgroup == "closing") + token[0], tex)
