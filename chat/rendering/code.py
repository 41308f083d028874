"""Blocks of code: where they end, markup and highlighting."""

import re
from html import escape

from .highlighter import coloured

MAX_HIGHLIGHTED_CHARS = 20_000  # some 0.1 s; longer code stays plain
MAX_LANGUAGE_CHARS = 30
LANGUAGE = re.compile(r"\s*\{?\.?([^\s{},:]*)")
CLOSING = "</code></pre></div>\n"
FENCE = re.compile(r"(`{3,}+)([^`\n]*+)$|(~{3,}+)([^\n]*+)$", re.MULTILINE)
MARKDOWN = {"markdown", "md"}
BLANKS = " \t"


class Fence:
    """A block of code, read line by line.

    In Markdown as code, a fence with a language opens a block of its own, which the next fence without one closes.
    CommonMark would end the outer block there; who writes and who reads mean it so.
    """

    def __init__(self, opener: re.Match[str], indent: int = 0) -> None:
        """`opener` is what FENCE found, behind `indent` blanks."""
        self.run, self.info = opener[1] or opener[3], opener[2] or opener[4] or ""
        self.source: list[str] = []
        self.is_closed = self.has_nested = False
        self._indent = indent
        self._inner: list[str] = []  # runs of the fences that are open in it
        self._is_markdown = language_of(self.info).lower() in MARKDOWN

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.source)

    def take(self, line: str) -> None:
        run = line.strip(BLANKS)
        innermost = self._inner[-1] if self._inner else self.run
        if _closes(line, run, innermost):
            if not self._inner:
                self.is_closed = True
                return
            self._inner.pop()
        elif self._is_markdown and (nested := FENCE.fullmatch(run)) and (nested[2] or nested[4] or "").strip():
            self._inner.append(nested[1] or nested[3])
            self.has_nested = True
        self.source.append(_dedented(line, self._indent))


def _dedented(line: str, columns: int) -> str:
    if line.startswith("\t") and columns:
        line = "    " + line[1:]
    return line[min(columns, len(line) - len(line.lstrip(" "))) :]


def _closes(line: str, run: str, opener: str) -> bool:
    is_indented = line.startswith(("    ", "\t"))
    return run.startswith(opener) and not run.strip(opener[0]) and not is_indented


def code_html(source: str, info: str, *, highlighted: bool) -> str:
    """Code below a bar with its language. `info` is what follows the opening fence ("python title=x").

    A copy button needs a script, so the page's script adds it to the bar. `pre` takes the focus: it scrolls.
    """
    language = language_of(info)
    is_short = len(source) <= MAX_HIGHLIGHTED_CHARS
    html = coloured(source, language.lower()) if highlighted and is_short else None
    return opening(language) + (escape(source, quote=False) if html is None else html) + CLOSING


def language_of(info: str) -> str:
    """The language of "python", "python title=x", "{.python}", "python:app.py"."""
    match = LANGUAGE.match(info)
    return match[1][:MAX_LANGUAGE_CHARS] if match else ""


def opening(language: str) -> str:
    name = escape(language)
    label = f' aria-label="{name}"' if name else ""
    return (
        '<div class="code" dir="ltr">'
        f'<div class="code-bar"><span class="code-language">{name}</span></div>'
        f'<pre tabindex="0" role="group"{label}><code>'
    )
