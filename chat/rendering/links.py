"""Which addresses become links, and bare ones that do (`https://example.org`)."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

ALLOWED = (
    "http://",
    "https://",
    "mailto:",
    "data:image/",
)  # a data: picture is parsed so that it can be removed

MAX_CHARS = 2_000
BARE = re.compile(rf"://[^\s<>\"`|\\^{{}}*\u3000-\u303f\uff00-\uffef]{{1,{MAX_CHARS}}}")
SCHEME = re.compile(r"(?<![A-Za-z0-9])https?$")
TRAILING = "?!.,:;'_~["
PAIRS = {")": "(", "]": "["}


def links(md: MarkdownIt) -> None:
    """Teach a parser bare addresses, and to leave every scheme but http, https and mailto as text."""
    md.validateLink = is_allowed  # type: ignore[method-assign, assignment]
    md.inline.ruler.before("escape", "bare_link", bare_link)
    md.inline.ruler.before("link", "open_label", open_label)


def is_allowed(address: str) -> bool:
    return address.lower().startswith(ALLOWED)


def bare_link(state: StateInline, silent: bool) -> bool:
    """Link `http://…` and `https://…`. The scheme has been read as text when the rule fires at the colon."""
    if silent or state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    match = BARE.match(state.src, state.pos, state.posMax)
    scheme = SCHEME.search(state.src, max(0, state.pos - 6), state.pos) if match else None
    if not match or not scheme or not state.pending.endswith(scheme[0]):
        return False
    rest = without_trailing(match[0])
    address = scheme[0] + rest
    if len(rest) <= len("://") or not is_allowed(href := state.md.normalizeLink(address)):
        return False
    state.pending = state.pending[: -len(scheme[0])]
    state.push("link_open", "a", 1).attrs = {"href": href}
    state.push("text", "", 0).content = address
    state.push("link_close", "a", -1)
    state.pos += len(rest)
    return True


def open_label(state: StateInline, silent: bool) -> bool:
    """Read "[" and "![" as text when no "]" follows: the parser looks for one from each of them, some levels deep."""
    opener = "[" if state.src[state.pos] == "[" else "!["
    if not state.src.startswith(opener, state.pos) or state.html_terminator_last("]") > state.pos:
        return False
    if not silent:
        state.append_pending(opener)
    state.pos += len(opener)
    return True


def without_trailing(address: str) -> str:
    """`address` without the punctuation of the sentence around it: "(see https://example.org/a_(b))."."""
    while True:
        last = address[-1:]
        unpaired = last in PAIRS and address.count(last) > address.count(PAIRS[last])
        if not last or not (last in TRAILING or unpaired):
            return address
        address = address[:-1]
