"""Blocks of code: markup and highlighting."""

import re
from html import escape

from .highlighter import coloured

MAX_HIGHLIGHTED_CHARS = 20_000  # some 0.1 s; longer code stays plain
MAX_LANGUAGE_CHARS = 30
LANGUAGE = re.compile(r"\s*\{?\.?([^\s{},:]*)")
CLOSING = "</code></pre></div>\n"


def code_html(source: str, info: str, *, highlighted: bool) -> str:
    """Code below a bar with its language. `info` is what follows the opening fence ("python title=x").

    A copy button needs a script, so the page's script adds it to the bar. `pre` takes the focus: it scrolls.
    """
    language = language_of(info)
    is_short = len(source) <= MAX_HIGHLIGHTED_CHARS
    html = coloured(source, language.lower()) if highlighted and is_short else None
    return opening(language) + (escape(source) if html is None else html) + CLOSING


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
