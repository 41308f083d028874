"""Markdown as models write it: CommonMark, tables, ~~strikethrough~~, task lists, footnotes, formulas, bare links.

HTML in the source is text, except `<br>`, which models put into table cells. Link definitions are shown, because an
answer's list of sources often comes after the text that refers to it.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, paragraph
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from .clean import clean
from .footnotes import footnotes
from .image_links import as_links
from .links import References, affordable, links
from .markup import Markup
from .math import math
from .tables import tables

MAX_DEPTH = 20  # a list takes two levels, a quote one; what is nested deeper is a paragraph
LINE_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
MARKUP = re.compile(r"[\\`*_\[\]<>&~$\xa0]")  # anywhere; a set alone is ten times as fast as alternatives
LINE_MARKUP = re.compile(r"[-+=#|:\s]|[0-9]{1,9}[.)](?:\s|$)|$")  # at the beginning of a line
SHIFTED = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}  # h1 and h2 are the page's own


def html_of(source: str, references: References, *, highlighted: bool = True) -> str:
    """Safe HTML of whole blocks. `references`: the link definitions so far; those in `source` are added."""
    references.have_read(source)
    if _is_prose(source):
        return f'<p dir="auto">{source.strip()}</p>\n'
    env = {"references": references, "highlighted": highlighted}
    tokens = parser.parse(source, env)
    adapt(tokens, references)
    return clean(parser.renderer.render(tokens, parser.options, env))


def inline_html_of(source: str, references: References) -> str:
    """Safe HTML of a part of one line in a paragraph."""
    references.have_read(source)
    env = {"references": references, "highlighted": False}
    tokens = parser.parseInline(source, env)
    adapt(tokens, references)
    return clean(parser.renderer.render(tokens, parser.options, env))


def _is_prose(source: str) -> bool:
    """Whether it is one paragraph without any markup: then there is nothing to parse."""
    if MARKUP.search(source) or "://" in source:
        return False
    *lines, last = source.split("\n")
    ends_well = not any(line[-1:].isspace() for line in lines)
    return ends_well and not any(map(LINE_MARKUP.match, [*lines, last] if last else lines))


def last_block(source: str) -> tuple[int, str]:
    """The line (from 0) where the last outermost block of `source` begins, and its type ("paragraph", …)."""
    tokens: list[Token] = []
    parser.block.parse(source, parser, {}, tokens)
    last = next(token for token in reversed(tokens) if token.level == 0 and token.map)
    return (last.map or [0])[0], last.type.removesuffix("_open")


def adapt(tokens: list[Token], references: References) -> None:
    """Bend standard tokens to the page: direction of writing, levels of headings, pictures."""
    for token in tokens:
        if token.level == 0 and token.nesting >= 0:
            token.attrSet("dir", "auto")  # outermost only: `auto` does not look into children that have their own
        if token.type in ("heading_open", "heading_close"):
            token.tag = SHIFTED.get(token.tag, "h6")
        if token.children:
            token.children = as_links(affordable(token.children, references))
    for item, begin, words in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if "checked" in item.meta and begin.type == "paragraph_open":
            name_task(item, words)


def name_task(item: Token, words: Token) -> None:
    """Put the box of a task into one label with its words: they are its name."""
    box = Token("task_open", "label", 1, meta=dict(item.meta))
    words.children = [box, *(words.children or []), Token("task_close", "label", -1)]
    item.meta["is_named"] = True


def new_parser() -> MarkdownIt:
    options = {"html": False, "tasklists": True, "inline_definitions": True, "maxNesting": MAX_DEPTH + 4}
    md = MarkdownIt("commonmark", options, renderer_cls=Markup).enable(["table", "strikethrough"])
    md.use(links).use(math).use(tables)
    md.block.ruler.before("table", "too_deep", too_deep)
    md.inline.ruler.before("autolink", "line_break", line_break)
    md.use(footnotes)
    return md


def too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read as a paragraph what is nested too deep; the parser itself would drop it without a word."""
    return state.level >= MAX_DEPTH and not silent and paragraph(state, start, end, silent)


def line_break(state: StateInline, silent: bool) -> bool:
    match = LINE_BREAK.match(state.src, state.pos)
    if match and not silent:
        state.push("hardbreak", "br", 0)
    state.pos += len(match[0]) if match else 0
    return bool(match)


parser = new_parser()
