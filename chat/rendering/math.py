r"""The rules that find TeX in Markdown: `$$…$$`, `\[…\]`, `\(…\)` and, where it cannot be money, `$…$`.

A formula on lines of its own is a block. It holds no blank line (TeX allows none in it), so one that is never
closed ends there and stays text.
"""

import re
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from .mathml import MAX_TEX_CHARS

CLOSERS = {"$$": "$$", "\\[": "\\]"}
INLINE = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"))
PUNCTUATION = ("", ".", ",", ";", ":")

MAX_DOLLAR_CHARS = 200
DOLLARS = re.compile(rf"\$(?![\s$])([^$\n`]{{1,{MAX_DOLLAR_CHARS}}})(?<![\s\\])\$(?![0-9A-Za-z$])")
TEX_SIGN = re.compile(r"\\[A-Za-z]|\^|_\{|_[A-Za-z0-9]\b")
TERM = r"[^\s=<>+\-*/|,]+"
EXPRESSION = re.compile(rf"[+\-]?{TERM}(?:\s*[=<>+\-*/|,]+\s*{TERM})*")
WORD = re.compile(r"[A-Za-z]{4}")


def math(md: MarkdownIt) -> None:
    """Teach a parser formulas. Tokens: `math_inline`, `math_block`, with the TeX as content."""
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    md.block.ruler.before("table", "math_block", math_block, {"alt": interrupts})
    md.inline.ruler.before("escape", "math_inline", math_inline)


def closer_of(line: str) -> str | None:
    """What would close a formula that `line` (without its indent) opens; None when it opens none."""
    closer = CLOSERS.get(line[:2])
    return closer if closer and closing(line[2:], closer) != "never" and line.rstrip() != "$$$$" else None


def closing(line: str, closer: str) -> Literal["here", "later", "never"]:
    """Whether a formula ends with `line`: at its end; in the middle of text it is none."""
    _, found, after = line.partition(closer)
    if not found:
        return "later"
    return "here" if after.strip() in PUNCTUATION else "never"


def math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    line = text_of(state, start)
    closer = closer_of(line)
    if closer is None:
        return False
    indent = indent_of_container(state, start)
    if state.sCount[start] - indent >= 4:
        return False
    last = last_line(state, start, end, closer, indent)
    if last is None:
        return False
    if silent:
        return True
    lines = [line[2:]] + [text_of(state, number) for number in range(start + 1, last + 1)]
    token = state.push("math_block", "math", 0)
    token.content = "".join("\n".join(lines).rsplit(closer, 1))
    token.map = [start, last + 1]
    state.line = last + 1
    return True


def indent_of_container(state: StateBlock, number: int) -> int:
    """Of the item, or the one around that, which a line belongs to; a line further out counts as in none."""
    indents = state.blkIndent, state.listIndent
    return next((indent for indent in indents if 0 <= indent <= state.sCount[number]), 0)


def last_line(state: StateBlock, start: int, end: int, closer: str, indent: int) -> int | None:
    """The line that closes the formula.

    What was found not to close is remembered, or a paragraph of openers would be read once for each of them.
    """
    unclosed = state.env.setdefault("unclosed", {})
    key = (closer, state.level, indent)
    if start < unclosed.get(key, 0):
        return None
    number = start
    while number < end and not state.isEmpty(number) and state.sCount[number] >= indent:
        line = text_of(state, number)
        match closing(line[2:] if number == start else line, closer):
            case "here":
                return number
            case "never":
                break
        number += 1
    unclosed[key] = max(number, start + 1)
    return None


def text_of(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def math_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    return delimited(state, silent) or dollars(state, silent)


def delimited(state: StateInline, silent: bool) -> bool:
    for opener, closer in INLINE:
        if state.src.startswith(opener, state.pos):
            start = state.pos + 2
            end = state.src.find(closer, start, min(state.posMax, start + MAX_TEX_CHARS))
            tex = state.src[start:end] if end > 0 else ""
            return bool(tex.strip()) and found(state, silent, tex, end + 2, display=opener != "\\(")
    return False


def dollars(state: StateInline, silent: bool) -> bool:
    before = state.src[state.pos - 1 : state.pos]
    if before.isalnum() or before == "$":
        return False
    match = DOLLARS.match(state.src, state.pos, state.posMax)
    if match is None or not is_tex(match[1]):
        return False
    return found(state, silent, match[1], match.end(), display=False)


def is_tex(text: str) -> bool:
    """Whether what stands between two single dollar signs can only be TeX: "x", "n+1", "a_1", "\\pi r^2"."""
    if TEX_SIGN.search(text):
        return True
    return bool(EXPRESSION.fullmatch(text)) and not WORD.search(text)


def found(state: StateInline, silent: bool, tex: str, end: int, *, display: bool) -> bool:
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content, token.meta = tex, {"display": display}
    state.pos = end
    return True
