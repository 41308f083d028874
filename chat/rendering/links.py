"""Which addresses become links, and bare ones that do (`https://example.org`)."""

import re
from collections import ChainMap
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

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

FREE_CHARS = 20_000  # of addresses: some hundred long ones
CHARS_FOR_ONE = 12  # an address in the text may become so long: a character of four bytes is %F0%9F%8D%9E


class References(ChainMap[str, Any]):
    """Link definitions by label, and how much of addresses the text may still bring.

    A reference of three characters repeats an address of two thousand: what links hold is bounded by what was written.
    """

    room = FREE_CHARS

    def aside(self) -> "References":
        """The same for a look at an open block: what is defined and used there is so for nobody else."""
        other = References({}, *self.maps)
        other.room = self.room
        return other

    def have_read(self, source: str) -> None:
        self.room += CHARS_FOR_ONE * len(source)

    def afford(self, link: Token) -> bool:
        shown = 2 if link.type == "image" else 1  # the host of a picture stands in its words
        chars = shown * sum(len(str(value)) for value in link.attrs.values())
        is_affordable = chars <= self.room
        self.room -= chars if is_affordable else 0
        return is_affordable


def affordable(inline: list[Token], references: References) -> list[Token]:
    """The same inline tokens; a link or picture for which there is no room is its words alone."""
    kept: list[Token] = []
    links: list[bool] = []
    for token in inline:
        if token.type == "link_open":
            links.append(references.afford(token))
        if token.type == "image" and not references.afford(token):
            token = Token("picture", "span", 0, content=token.content)
        if token.type not in ("link_open", "link_close") or links[-1]:
            kept.append(token)
        if token.type == "link_close":
            links.pop()
    return kept


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
