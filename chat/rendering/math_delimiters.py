r"""Where TeX begins and ends in Markdown: `$$…$$`, `\[…\]`, `\(…\)`, a bare `\begin{align}…\end{align}`, and `$…$`
where it cannot be money.

A formula on lines of its own is a block. It holds no blank line (TeX allows none in it), so one that is never
closed ends there and stays text.
"""

import re

from .links import UNSPACED
from .tex_environments import OF_FORMULAS

INLINE = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
DISPLAYED = {"$$": "$$", "\\[": "\\]"}
BEGIN = re.compile(r"\\begin\{([A-Za-z]{1,20}\*?)\}")
COMMAND = re.compile(r"\\(?:(begin|end)\{([A-Za-z]{1,20}\*?)\}|.)", re.DOTALL)
MAX_ENVIRONMENTS = 10  # in each other: each is looked for from where it begins
PUNCTUATION = re.compile(r"[ \t]*+[.,;:]?[ \t]*+$", re.MULTILINE)

MAX_DOLLAR_CHARS = 200
DOLLARS = re.compile(rf"\$(?![\s$])((?:[^$\n`\\]|\\[^\n`]){{1,{MAX_DOLLAR_CHARS}}})(?<![\s\\])\$(?![0-9A-Za-z$])")
UNSPACED_LETTER = re.compile(f"[{UNSPACED}]")
TEX_SIGN = re.compile(r"\\[A-Za-z]|\^|_\{|_[A-Za-z0-9]\b")
TERM = r"[^\s=<>+\-*/|,]+"
EXPRESSION = re.compile(rf"[+\-]?{TERM}(?:\s*[=<>+\-*/|,]+\s*{TERM})*")
WORD = re.compile(r"[A-Za-z]{4}")

LETTER = r"[^\W\d_]"
WORDS_IN_ROW = rf"\b{LETTER}{{2,30}}+[.,;:]?\s+{LETTER}{{2}}"
WORDS = re.compile(rf"{WORDS_IN_ROW}|\b(?![A-Z]{{4,6}}\b){LETTER}{{4}}")  # but "ABCD" are points
WORDS_OR_NUMBERS = re.compile(rf"{WORDS_IN_ROW}|\b{LETTER}{{4}}|^\d+(?:[\s,–-]+\d+)*$")
OPERATOR = re.compile(r"[=<>+*]")


def environment_at(text: str, position: int) -> str:
    """The name of the environment that begins there, "" if none of formulas does."""
    found = BEGIN.match(text, position)
    return found[1] if found and found[1] in OF_FORMULAS else ""


def end_of_environment(text: str, position: int, limit: int) -> int:
    """Where the environment ends that begins there, with those in it; 0 when it does not before `limit`."""
    names: list[str] = []
    for command in COMMAND.finditer(text, position, limit):
        if command[1] == "begin":
            names.append(command[2])
        elif command[1] and command[2] != names.pop():
            return 0
        if not names:
            return command.end()
        if len(names) > MAX_ENVIRONMENTS:
            return 0
    return 0


def end_of_block(text: str, closed_at: int, closer: str) -> int:
    """Where a block formula ends that is closed there: behind its punctuation. 0 when more follows in that line."""
    found = PUNCTUATION.match(text, closed_at + len(closer))
    return found.end() if found else 0


def end_of_dollars(text: str, position: int) -> int:
    """Where a formula between single dollar signs ends that begins there; 0 when none does."""
    before = text[position - 1 : position]
    is_in_word = bool(UNSPACED_LETTER.match(before))
    if before == "$" or (before.isalnum() and not is_in_word):
        return 0
    found = DOLLARS.match(text, position)
    return found.end() if found and is_tex(found[1]) and not (is_in_word and is_prose(found[1])) else 0


def is_prose(text: str) -> bool:
    """Whether it is rather an amount and words written without spaces: "5元和" in "共$5元和$"."""
    return bool(UNSPACED_LETTER.search(text)) and not TEX_SIGN.search(text)


def is_tex(text: str) -> bool:
    """Whether what stands between two single dollar signs can only be TeX: "x", "n+1", "a_1", "\\pi r^2"."""
    if TEX_SIGN.search(text):
        return True
    if text[0] == text[-1] == "|":
        text = text[1:-1]
    return bool(EXPRESSION.fullmatch(text)) and not WORD.search(text)


def is_words(opener: str, text: str) -> bool:
    r"""Whether what stands there within a line is no TeX but words: "see \[Smith et al., 2020\]", "cmd \[options\]"."""
    if TEX_SIGN.search(text):
        return False
    if opener == "\\[":
        return bool(WORDS_OR_NUMBERS.search(text))
    return bool(WORDS.search(text)) and not OPERATOR.search(text)
