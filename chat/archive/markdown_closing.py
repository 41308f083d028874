"""Closes what the Markdown of an answer leaves open, so that it does not swallow the messages after it in a file.

An answer that was interrupted can end inside a code block, HTML or a formula. An exported file is read by other
programs, so CommonMark counts, not this site's own rendering. Inside a list or a quotation these end with it, at the
next heading. Outside they go on: a fence, HTML that continues past blank lines, and, in programs that support them,
display formulas.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import comrak

from chat.reply_content.render import offload_if_large

MAX_CHARS = 500_000  # no answer is that long
MAY_BE_OPEN = re.compile(r"```|~~~|\$\$|\\\[|<")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
TICKS = re.compile(r"`+")
DISPLAYED = re.compile(r"^ {0,3}(\$\$|\\\[)", re.MULTILINE)
CLOSES = {"$$": "$$", "\\[": "\\]"}
RAW_HTML = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"))  # HTML that continues past a blank line
TAG = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([a-z][a-z0-9]*)\b([^<>]*)>", re.IGNORECASE | re.DOTALL)
CONTAINERS = {"details", "summary", "div", "table", "section", "blockquote", "pre", "script", "style", "textarea"}

OUTERMOST = re.compile(r'^  <(\w+) sourcepos="(\d+):\d+-(\d+)', re.MULTILINE)  # in the parser's XML, by its indent
PROSE = re.compile(r'<(paragraph|heading) sourcepos="(\d+):\d+-(\d+)')  # also in lists
WITH_POSITIONS = comrak.RenderOptions(sourcepos=True)


class Block(NamedTuple):
    """An outermost block: "code_block", "html_block", "paragraph", …, and its source."""

    kind: str
    source: str


def close_markdown(text: str) -> str:
    """Return the text, with closing marks appended for what is open at its end."""
    if len(text) > MAX_CHARS or not MAY_BE_OPEN.search(text):
        return text
    ends = list(offload_if_large(lambda: list(_closing_marks(text)), len(text)))
    return "\n".join([text.removesuffix("\n"), *ends]) if ends else text


def _closing_marks(text: str) -> Iterator[str]:
    xml = comrak.markdown_to_xml(text, render_options=WITH_POSITIONS)
    blocks = _blocks(text, OUTERMOST.findall(xml))
    if blocks and (end := _closing_fence(blocks[-1])):
        yield end
        return
    html = [block.source for block in blocks if block.kind == "html_block"]
    yield from _closing_html(html, is_last=bool(blocks) and blocks[-1].kind == "html_block")
    yield from _closing_formula("\n\n".join(block.source for block in _blocks(text, PROSE.findall(xml))))


def _blocks(text: str, positions: list[tuple[str, str, str]]) -> list[Block]:
    """The blocks at these positions: a kind, and the first and last line, from 1."""
    lines = text.split("\n")
    return [Block(kind, "\n".join(lines[int(first) - 1 : int(last)])) for kind, first, last in positions]


def _closing_fence(last: Block) -> str:
    """Return the closing fence, of the same length and character, if the last block is a fence without one."""
    found = FENCE.match(last.source)
    if last.kind != "code_block" or found is None:
        return ""
    _, *more = last.source.rstrip("\n").split("\n")
    return "" if more and _closes(more[-1], found[1]) else found[0]


def _closes(line: str, fence: str) -> bool:
    marks = line.strip()
    is_indented = line.startswith("    ")
    return not is_indented and len(marks) >= len(fence) and set(marks) == {fence[0]}


def _closing_html(blocks: list[str], *, is_last: bool) -> Iterator[str]:
    html = "".join(blocks)
    for mark, end in RAW_HTML:
        if _is_unclosed(html, mark, end):
            # After a paragraph a closing mark alone would be text.
            yield end if is_last and _is_unclosed(blocks[-1], mark, end) else f"\n{mark}{end}"
    open_tags: list[str] = []
    for found in TAG.finditer(html):
        _track_tag(open_tags, found)
    yield from (f"</{name}>" for name in reversed(open_tags))


def _is_unclosed(html: str, mark: str, end: str) -> bool:
    begin = html.rfind(mark)
    return begin >= 0 and end not in html[begin + len(mark) :]


def _track_tag(open_tags: list[str], tag: re.Match[str]) -> None:
    is_end, name = tag[1], (tag[2] or "").lower()
    if name not in CONTAINERS or tag[3].endswith("/"):
        return
    if not is_end:
        open_tags.append(name)
    elif name in open_tags:
        while open_tags.pop() != name:
            pass


def _closing_formula(text: str) -> Iterator[str]:
    text, position = _without_code(text), 0
    while found := DISPLAYED.search(text, position):
        end = CLOSES[found[1]]
        closing = text.find(end, found.end())
        if closing < 0:
            yield end
            return
        position = closing + len(end)


def _without_code(text: str) -> str:
    """Remove inline code, which begins and ends with the same number of backticks."""
    runs = list(TICKS.finditer(text))
    next_alike: dict[int, int] = {}  # index of each run: index of the next run of the same length
    latest: dict[int, int] = {}  # length: index
    for index in range(len(runs) - 1, -1, -1):
        length = len(runs[index][0])
        if length in latest:
            next_alike[index] = latest[length]
        latest[length] = index
    parts, position, index = [], 0, 0
    while index < len(runs):
        if (end := next_alike.get(index)) is not None:
            parts.append(text[position : runs[index].start()])
            position, index = runs[end].end(), end
        index += 1
    return "".join([*parts, text[position:]])
