"""The blocks of code in the HTML of an answer, as they were written."""

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

BLOCK = re.compile(
    r'<span class="code-language">([^<]*+)</span></div>'
    r'<pre(?: [a-z-]++="[^"]*+")*+><code>((?:[^<]++|</?span[^<>]*+>)*+)</code>'
)
TAG = re.compile(r"<[^<>]*+>")
SVG_ROOT = re.compile(r"\s*(?:<[?!][^>]*+>\s*)*+<svg[\s>/]")


class CodeBlock(NamedTuple):
    position: int  # from 0, among all blocks of code of the answer
    language: str  # lower case; "svg" also for XML whose root is that; "" where none was given
    source: str


def code_blocks(html: str) -> Iterator[CodeBlock]:
    """All blocks of code, in order. `html` is what `page_html` made: highlighting is the only markup in code."""
    for position, (language, code) in enumerate(BLOCK.findall(html)):
        source = unescape(TAG.sub("", code))
        yield CodeBlock(position, _kind(unescape(language).lower(), source), source)


def _kind(language: str, source: str) -> str:
    return "svg" if language == "xml" and SVG_ROOT.match(source) else language
