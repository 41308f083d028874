"""What models write as TeX, in the words that math-core knows."""

import re
from collections.abc import Iterator

from .tex_environments import with_known_environments

# What it has under another name, or can make of what it has. Each takes its argument once, so that nothing grows.
MACROS = {
    "abs": r"\left|#1\right|",
    "dotsb": r"\cdots",
    "dotsc": r"\ldots",
    "dotsi": r"\cdots",
    "dotsm": r"\cdots",
    "dotso": r"\ldots",
    "euro": r"\text{€}",
    "mathds": r"\mathbb{#1}",
    "mathnormal": "{#1}",
    "norm": r"\left\|#1\right\|",
    "pmb": r"\boldsymbol{#1}",
    "qed": r"\square",
    "smallsetminus": r"\setminus",
    "smash": "{#1}",
    "strut": r"\mathstrut",
    "substack": r"\begin{subarray}{c}#1\end{subarray}",
}
# Definitions can make a formula grow without end; links lead to what is not there.
REFUSED = re.compile(r"(?<!\\)\\(?:g?def|let|global|(?:re)?newcommand|providecommand|(?:eq)?ref)(?![A-Za-z])")

ROW_END = re.compile(r"\\(?:\\\*?(?:\s?\[-?[\d.]{1,9} ?(?:[a-z]{2}|\\[a-z]{1,20})\])?|.)", re.DOTALL)
OPERATOR = re.compile(r"(?<!\\)(\\operatorname\*?) ?\{([^{}]{1,60})\}")
NAME_IN_OPERATOR = re.compile(r"\\(arg|max|min|lim|sup|inf)(?![a-z]) ?")
COLOUR = re.compile(r"(?<!\\)\\(?:text)?color ?(?:\[[A-Za-z]{1,9}\])?\{([^{}\\]{0,40})\}( ?\{)?")
SHADES = {
    "red": ("red", "maroon", "crimson", "brick"),
    "orange": ("orange", "brown", "gold", "yellow"),
    "green": ("green", "lime", "olive", "emerald"),
    "blue": ("blue", "cyan", "teal", "navy"),
    "violet": ("violet", "purple", "magenta", "pink", "fuchsia"),
    "gray": ("gray", "grey"),
}
REWRITTEN = {  # replacement: what it replaces
    "": re.compile(r"(?<!\\)\\(?:label|require)\{[^{}\\]{0,99}\}"),
    r"\1": re.compile(r"(?<!\\)(\\(?:smash|cfrac)(?=\[)|\\hspace(?=\*))(?:\[[lrctb]\]|\*)"),
    r"\\%": re.compile(r"(?<=\d)%|(?<=\d )%"),  # nobody who writes "5% of" means a comment
    r"\\#": re.compile(r"(?<!\\)#"),  # an argument only in definitions
    r"\\operatorname*{\1}": re.compile(
        r"(?<!\\)\\mathop ?\{\\(?:mathrm|text|operatorname) ?\{([A-Za-z]{1,30})\}\}(?:\\limits)?"
    ),
}
COMMENT = re.compile(r"(?<!\\)%")

TEXT = re.compile(r"(?<!\\)\\(text(?:bf|it|rm|sf|tt|normal|up)?|[mhf]box) ?\{")
PLAIN_TEXT = {"mbox", "hbox", "textnormal", "textup"}
TEXT_END = re.compile(r"\\.|[{}]", re.DOTALL)
IN_TEXT = re.compile(r"(?<!\\)[_&#]")
SPACE_AFTER_SIGN = re.compile(r"(?<!\\)(\\[%&$#_{}]) ")  # math-core takes it for the end of a command
FORMULA_MARK = re.compile(r"(?<!\\)\$|\\[()]")


def prepared(tex: str) -> str:
    """The formula as math-core can read it. Raises ValueError for what it should not get."""
    if REFUSED.search(tex):
        raise ValueError("definitions and references are not for one formula")
    tex = ROW_END.sub(lambda found: "\\\\ " if found[0].startswith("\\\\") else found[0], tex)
    tex = COLOUR.sub(with_shade, OPERATOR.sub(with_plain_name, tex))
    for replacement, expression in REWRITTEN.items():
        tex = expression.sub(replacement, tex)
    if COMMENT.search(tex):
        raise ValueError("nothing is hidden in a comment")
    return with_known_environments("".join(with_text_split(tex)))


def with_plain_name(found: re.Match[str]) -> str:
    name = NAME_IN_OPERATOR.sub(r"\1\\,", found[2]).removesuffix("\\,")
    return f"{found[1]}{{{name}}}"


def with_shade(found: re.Match[str]) -> str:
    command = "textcolor" if found[2] else "color"
    return rf"\{command}{{{shade(found[1].lower())}}}{found[2] or ' '}"


def shade(colour: str) -> str:
    """The nearest of the few colours that can be read on both grounds, or "black", which stands for none."""
    return next((name for name, parts in SHADES.items() if any(part in colour for part in parts)), "black")


def with_text_split(tex: str) -> Iterator[str]:
    r"""The formula with `\text{a $x$ b}` as `\text{a }x\text{ b}`, which is the same."""
    position = 0
    while found := TEXT.search(tex, position):
        yield tex[position : found.start()]
        end = end_of_group(tex, found.end())
        yield split_text(found[1], tex[found.end() : end])
        position = end + 1
    yield tex[position:]


def end_of_group(tex: str, start: int) -> int:
    depth = 1
    for found in TEXT_END.finditer(tex, start):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if not depth:
            return found.start()
    raise ValueError("a group is not closed")


def split_text(command: str, text: str) -> str:
    command = "text" if command in PLAIN_TEXT else command
    first, *others = FORMULA_MARK.split(text)
    if not others:
        return rf"\{command}{{{escaped(text)}}}"
    outer, inner = (r"\boxed", "text") if command == "fbox" else ("", command)
    parts = [f"{{{formula}}}\\{inner}{{{escaped(words)}}}" for formula, words in pairs(others)]
    return rf"{outer}{{\{inner}{{{escaped(first)}}}{''.join(parts)}}}"


def pairs(parts: list[str]) -> Iterator[tuple[str, str]]:
    return zip(parts[::2], parts[1::2], strict=True)


def escaped(text: str) -> str:
    return SPACE_AFTER_SIGN.sub(r"\1~", IN_TEXT.sub(r"\\\g<0>", text))
