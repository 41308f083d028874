"""Blocks of code: markup and highlighting."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from io import StringIO
from time import thread_time

from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import _TokenType

Lexeme = tuple[_TokenType, str]

MAX_HIGHLIGHTED_CHARS = 20_000  # about 0.05 s; longer code stays plain
MAX_CPU_SECONDS = 0.5  # ten times what honest code of that length needs
MAX_LANGUAGE_CHARS = 30
LANGUAGE = re.compile(r"\s*\{?\.?([^\s{},:]*)")
CLOSING = "</code></pre></div>\n"

formatter = HtmlFormatter(nowrap=True)


def code_html(source: str, info: str, *, highlighted: bool) -> str:
    """Code below a bar with its language. `info` is what follows the opening fence ("python title=x").

    A copy button needs a script, so the page's script adds it to the bar. `pre` takes the focus: it scrolls.
    """
    language = language_of(info)
    return opening(language) + (coloured(source, language) if highlighted else escape(source)) + CLOSING


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


def coloured(source: str, language: str) -> str:
    lexer = lexer_for(language.lower())
    if lexer is None or len(source) > MAX_HIGHLIGHTED_CHARS:
        return escape(source)
    out = StringIO()
    try:
        formatter.format(in_time(lexer.get_tokens(source)), out)
    except Exception:  # too slow, or a lexer's bug: neither may cost the answer
        return escape(source)
    return out.getvalue()


def in_time(tokens: Iterable[Lexeme]) -> Iterator[Lexeme]:
    """Many lexers need quadratic time for text made to that end: 9 s for 10 KB of C#. CPU time does not see load."""
    end = thread_time() + MAX_CPU_SECONDS
    for token in tokens:
        if thread_time() > end:
            raise TimeoutError
        yield token


def lexer_for(language: str) -> Lexer | None:
    return new_lexer(language) if language in known_languages() else None


@cache
def new_lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


@cache
def known_languages() -> frozenset[str]:
    """Asking Pygments for an unknown name searches installed packages for plugins each time: milliseconds."""
    return frozenset(alias for _, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases)
