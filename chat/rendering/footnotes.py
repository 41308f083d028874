"""Footnotes: `[^1]` in the text, and `[^1]: what it says` as a block.

Finished blocks are final, so a note stays where the model put it, mostly at the end, and goes by the label that it was
given: neither a reference nor a note has to know what else there is. Links between the two need ids, which have to
differ between the answers of a page; so they are made when an answer is shown (`linked`), and are not stored.
"""

import re

REFERENCE = re.compile(r"\[\^([0-9]{1,3}|[A-Za-z][\w-]{1,30})\](?!\()", re.ASCII)
NOTE = re.compile(r"\[\^(?:[0-9]{1,3}|[A-Za-z][\w-]{0,30})\]:(?=[ \t]*[^ \t\n])", re.ASCII)
MARK = re.compile(r'<(sup|span) class="footnote( first)?">([\w-]+)</\1>')  # in HTML only, where no text looks like it


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
    """The HTML with links from references to notes and back. `scope` is a word that no other answer has."""

    def link(found: re.Match[str]) -> str:
        tag, first, label = found.groups()
        here, there = ("ref", "note") if tag == "sup" else ("note", "ref")
        id_ = f' id="{here}-{scope}-{label}"' if first else ""
        return f'<{tag} class="footnote"><a{id_} href="#{there}-{scope}-{label}">{label}</a></{tag}>'

    return MARK.sub(link, html) if "footnote" in html else html
