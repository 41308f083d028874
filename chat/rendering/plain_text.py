"""Markdown to plain words, for titles and notifications."""

from .presentable import presentable
from .syntax import parser

WORDS = ("text", "code_inline", "image")


def plain_text(markdown: str) -> str:
    """The words of a text on one line: no markup, no code blocks, no formulas, no addresses of links."""
    words = []
    for block in parser.parse(presentable(markdown), {}):
        words += [
            token.content if token.type in WORDS else " " * token.type.endswith("break")
            for token in block.children or []
        ]
        words += [" "]
    return " ".join("".join(words).split())
