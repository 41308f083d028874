"""Footnotes: `[^1]` in the text, and `[^1]: what it says` as a block.

Finished blocks are final, so a note stays where the model put it, mostly at the end, and goes by the label that it was
given: neither a reference nor a note has to know what else there is. Links between the two need ids, which have to
differ between the answers of a page; so they are made when an answer is shown (`linked`), and are not stored.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from .lines import FOOTNOTE

NOTE_COLUMNS = 4  # what is indented by so much belongs to the note
REFERENCE = re.compile(r"\[\^([0-9]{1,3}|[A-Za-z][\w-]{1,30})\](?!\()", re.ASCII)
MARK = re.compile(r'<(sup|span) class="footnote( first)?">([\w-]+)</\1>')  # in HTML only, where no text looks like it


def footnotes(md: MarkdownIt) -> None:
    """Teach a parser footnotes. Tokens: `footnote_reference` and `footnote_open`, with the label as content."""
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    md.block.ruler.before("table", "footnote", note, {"alt": interrupts})
    md.inline.ruler.before("open_label", "footnote_reference", reference)


def reference(state: StateInline, silent: bool) -> bool:
    """A word in brackets is one only right behind something: "[^a-z]" on its own is rather a regular expression.

    When the parser looks for the end of a link's label (`silent`), it may not find a whole pair of brackets inside.
    """
    if silent or state.src[state.pos] != "[":
        return False
    match = REFERENCE.match(state.src, state.pos, state.posMax)
    before = state.src[state.pos - 1 : state.pos]
    if match is None or not (match[1].isdigit() or before.strip()):
        return False
    is_in_link = state.linkLevel > 0
    token = state.push("text" if is_in_link else "footnote_reference", "sup", 0)
    token.content = match[0] if is_in_link else match[1]
    state.pos = match.end()
    return True


def note(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    begin = state.bMarks[start] + state.tShift[start]
    match = FOOTNOTE.match(state.src, begin, state.eMarks[start])
    if match is None or state.is_code_block(start):
        return False
    if silent:
        return True
    token = state.push("footnote_open", "div", 1)
    token.attrs, token.content = {"class": "footnote"}, match[1]
    parent, state.parentType = state.parentType, "footnote"
    with_first_line_from(match.end(), state, start, end)
    state.parentType = parent
    token.map = [start, state.line]
    state.push("footnote_close", "div", -1)
    return True


def with_first_line_from(position: int, state: StateBlock, start: int, end: int) -> None:
    """Parse the blocks of a note, the first of which begins behind its label."""
    kept = state.bMarks[start], state.tShift[start], state.sCount[start]
    state.blkIndent += NOTE_COLUMNS
    state.bMarks[start], state.tShift[start], state.sCount[start] = position, 0, state.blkIndent
    state.md.block.tokenize(state, start, end)
    state.blkIndent -= NOTE_COLUMNS
    state.bMarks[start], state.tShift[start], state.sCount[start] = kept


class FirstOnes:
    """Notices the first reference and the first note of each label, as the ones that can be linked to."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def marked(self, html: str) -> str:
        return MARK.sub(self._mark, html) if "footnote" in html else html

    def _mark(self, found: re.Match[str]) -> str:
        tag, _, label = found.groups()
        is_first = (tag, label) not in self._seen
        self._seen.add((tag, label))
        return f'<{tag} class="footnote{" first" if is_first else ""}">{label}</{tag}>'


def linked(html: str, scope: str) -> str:
    """The same HTML with links from references to notes and back. `scope` is a word that no other answer has."""

    def link(found: re.Match[str]) -> str:
        tag, first, label = found.groups()
        here, there = ("ref", "note") if tag == "sup" else ("note", "ref")
        id_ = f' id="{here}-{scope}-{label}"' if first else ""
        return f'<{tag} class="footnote"><a{id_} href="#{there}-{scope}-{label}">{label}</a></{tag}>'

    return MARK.sub(link, html) if "footnote" in html else html
