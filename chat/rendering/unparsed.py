"""An open block that has grown at its end: what was parsed before is not parsed again.

All functions return "" where that will not do, or where it is not known at a glance.
"""

import re
from html import escape

from .links import References
from .syntax import inline_html_of

# Behind an end like this, text like this makes nothing else of what stands before it.
PLAIN = re.compile(r"(?:[^\W_]|[ ,.?!'\"’“”…–—:()%@+=-])*")
SETTLES_LINE = re.compile(r"[^-+*_=:#|.)>\d\s]")  # with one of these a line is known not to be a marker or a rule
END_OF_TEXT = re.compile(r"(?:</(?:label|p|li|ul|ol|blockquote)>\n?)+$")
CLOSING_CHARS = 200  # enough for the closing tags of a deep list; a search from the beginning would read all of it
TAGS = re.compile(r"<[^<>]*>")
OPEN_MARKUP = re.compile(r"[\\`*_\[\]~$]|&lt;")  # as text: what could close it has not come, or never will
FORMULA = re.compile(r"\\[(\[]")  # without its end it is shown as a bracket
END_OF_CODE = "</code></pre>"
FENCES = ("`", "~")


def continued_prose(html: str, seen: str, now: str) -> str:
    """The HTML of `now`, the source of paragraphs, lists or quotes; `html` is that of `seen`."""
    seen = seen.rstrip()
    if not seen or not now.startswith(seen):
        return ""
    added = now[len(seen) :].rstrip()
    if not (PLAIN.fullmatch(added) and PLAIN.fullmatch(seen[-1]) and _is_settled(seen)):
        return ""
    end = END_OF_TEXT.search(html, max(0, len(html) - CLOSING_CHARS))
    if not end or html[end.start() - 1] != seen[-1]:  # it ends in something else: a heading, code
        return ""
    return html[: end.start()] + added + html[end.start() :]


def _is_settled(source: str) -> bool:
    """Whether nothing in it waits for its end: no link or definition, no bare address, no marker of a block."""
    line = source[source.rfind("\n") + 1 :]
    link = source[source.rfind("](") :] if "](" in source else ""
    waits = link.count("(") > link.count(")") or "]:" in source or "://" in line[line.rfind(" ") + 1 :]
    return bool(SETTLES_LINE.search(line)) and not waits


class Prose:
    """The HTML of paragraphs, lists or quotes up to a place behind which nothing changes it any more.

    No markup is open there: what follows in the same line can be parsed alone.
    """

    def __init__(self, references: References) -> None:
        self._references = references
        self._source = self._head = self._foot = ""

    def note(self, source: str, html: str) -> None:
        """Take what has been parsed, if such a place is at its end."""
        source = source.rstrip()
        end = END_OF_TEXT.search(html, max(0, len(html) - CLOSING_CHARS))
        if end and source and html[end.start() - 1] == source[-1] and _is_settled(source):
            self._source = ""
            self._close(source, html[: end.start()], html)
            self._foot = html[end.start() :]

    def continued(self, source: str) -> str:
        """The HTML of `source`, which goes on behind that place."""
        added = source[len(self._source) :].rstrip()
        if not (self._source and added.startswith(" ") and source.startswith(self._source)) or "\n" in added:
            return ""
        text = added.lstrip(" ")
        inner = added[: -len(text)] + inline_html_of(text, self._references)
        html = self._head + inner + self._foot
        self._close(self._source + added, self._head + inner, inner)
        return html

    def _close(self, source: str, head: str, html: str) -> None:
        """Move the place to the end of `source`, unless some markup in the last `html` may still be open there."""
        is_word_over = "://" not in source[source.rfind(" ") + 1 :]
        formulas = len(FORMULA.findall(source, len(self._source)))
        if not PLAIN.fullmatch(source[-1]) or not is_word_over or formulas > html.count("<math"):
            return
        if not OPEN_MARKUP.search(TAGS.sub("", html)):
            self._source, self._head = source, head


def continued_code(html: str, seen: str, now: str) -> str:
    """The HTML of `now`, from a fence that is not indented; `html` is that of `seen`, without its last line end."""
    end = html.rfind(END_OF_CODE)
    if end < 0 or html[end - 1] == ">" or not now.startswith(seen):
        return ""
    last_of_seen, *lines = now[seen.rfind("\n") + 1 :].split("\n")
    if not (last_of_seen.strip() and seen[-1:].strip() and [last_of_seen, *lines][-1].strip()):
        return ""  # of blank lines at the end not all are shown
    added = now[len(seen) :]
    if "\xa0" in added or any(line.lstrip().startswith(FENCES) for line in [last_of_seen, *lines]):
        return ""
    return html[:end] + escape(added, quote=False) + html[end:]


def without_last_line_end(html: str) -> str:
    """Code that is open: it may go on in its last line. On a page the two look the same."""
    end = html.rfind("\n" + END_OF_CODE)
    return html[:end] + html[end + 1 :] if end >= 0 else html
