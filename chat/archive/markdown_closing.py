"""What a cut answer leaves open is closed, or the messages behind it in the same file would be part of it.

A file is read by other programs, so what counts is CommonMark, not what this site makes of the same text. What stands
in a list or a quotation ends with it, at the next heading; what stands at the margin does not: a fence, raw HTML that
goes on past blank lines, and, in programs that know formulas, one that is displayed.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chat.replies.render import offload_if_large

MOST_CHARS = 500_000  # parsed in 2 s; no answer is so long
MAY_BE_OPEN = re.compile(r"```|~~~|\$\$|\\\[|<")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
TICKS = re.compile(r"`+")
DISPLAYED = re.compile(r"^ {0,3}(\$\$|\\\[)", re.MULTILINE)
CLOSES = {"$$": "$$", "\\[": "\\]"}
RAW = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"))  # what a blank line does not end
TAG = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([a-z][a-z0-9]*)\b([^<>]*)>", re.IGNORECASE | re.DOTALL)
CONTAINERS = {"details", "summary", "div", "table", "section", "blockquote", "pre", "script", "style", "textarea"}

_commonmark = MarkdownIt("commonmark")
_commonmark.core.ruler.disable("inline")


def close_markdown(text: str) -> str:
    """The same text, with an end for what has none."""
    if len(text) > MOST_CHARS or not MAY_BE_OPEN.search(text):
        return text
    ends = list(offload_if_large(lambda: list(_ends(text)), len(text)))
    return "\n".join([text.removesuffix("\n"), *ends]) if ends else text


def _ends(text: str) -> Iterator[str]:
    tokens = _commonmark.parse(text)
    if tokens and (end := _end_of_fence(tokens[-1], text)):
        yield end
        return
    html = [token.content for token in tokens if token.type == "html_block"]
    yield from _ends_of_html(html, is_last=bool(tokens) and tokens[-1].type == "html_block")
    yield from _ends_of_formula("\n\n".join(token.content for token in tokens if token.type == "inline"))


def _end_of_fence(last: Token, text: str) -> str:
    """Its own length and sign."""
    if last.type != "fence" or last.map is None:
        return ""
    first, *more = text.split("\n")[slice(*last.map)]
    found = FENCE.match(first)
    return "" if (more and _closes(more[-1], last.markup)) or found is None else found[0]


def _closes(line: str, fence: str) -> bool:
    marks = line.strip()
    is_indented = line.startswith("    ")
    return not is_indented and len(marks) >= len(fence) and set(marks) == {fence[0]}


def _ends_of_html(blocks: list[str], *, is_last: bool) -> Iterator[str]:
    html = "".join(blocks)
    for mark, end in RAW:
        if _is_cut(html, mark, end):
            # Behind a paragraph an end alone would be text.
            yield end if is_last and _is_cut(blocks[-1], mark, end) else f"\n{mark}{end}"
    open_tags: list[str] = []
    for found in TAG.finditer(html):
        _note(open_tags, found)
    yield from (f"</{name}>" for name in reversed(open_tags))


def _is_cut(html: str, mark: str, end: str) -> bool:
    begin = html.rfind(mark)
    return begin >= 0 and end not in html[begin + len(mark) :]


def _note(open_tags: list[str], tag: re.Match[str]) -> None:
    is_end, name = tag[1], (tag[2] or "").lower()
    if name not in CONTAINERS or tag[3].endswith("/"):
        return
    if not is_end:
        open_tags.append(name)
    elif name in open_tags:
        while open_tags.pop() != name:
            pass


def _ends_of_formula(text: str) -> Iterator[str]:
    text, position = _without_code(text), 0
    while found := DISPLAYED.search(text, position):
        end = CLOSES[found[1]]
        closing = text.find(end, found.end())
        if closing < 0:
            yield end
            return
        position = closing + len(end)


def _without_code(text: str) -> str:
    """Without code in the line: it begins and ends with equally many backticks."""
    runs = list(TICKS.finditer(text))
    next_alike: dict[int, int] = {}  # the run that is as long, by the index of each
    latest: dict[int, int] = {}  # by length
    for index in range(len(runs) - 1, -1, -1):
        length = len(runs[index][0])
        if length in latest:
            next_alike[index] = latest[length]
        latest[length] = index
    kept, position, index = [], 0, 0
    while index < len(runs):
        if (end := next_alike.get(index)) is not None:
            kept.append(text[position : runs[index].start()])
            position, index = runs[end].end(), end
        index += 1
    return "".join([*kept, text[position:]])
