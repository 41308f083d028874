"""Which addresses become links, and bare ones that do (`https://example.org`)."""

import re
from urllib.parse import urlsplit

from .markers import RESERVED

ALLOWED = ("http://", "https://", "mailto:")
MAX_CHARS = 2_000

# An address ends at quotes, dashes and brackets of any script, and at letters of scripts that write no spaces.
PUNCTUATION = (
    "\xa1\xa7\xab\xb6\xb7\xbb\xbf\u060c\u061b\u061f\u06d4\u0964\u0965\u2010-\u205e"
    "\u3000-\u303f\uff00-\uff0f\uff1a-\uffef"
)
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3040-\ua4cf\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
NOT_IN_ADDRESS = rf"\s<>\"`|\\^{{}}*{RESERVED}{PUNCTUATION}{UNSPACED}"
ADDRESS = re.compile(rf"https?://[^{NOT_IN_ADDRESS}]{{1,{MAX_CHARS}}}", re.IGNORECASE)
TRAILING = "?!.,:;'_~["
PAIRS = {")": "(", "]": "["}
BRACKET = re.compile(r"[\[\]]")

FREE_CHARS = 20_000  # of addresses: some hundred long ones
CHARS_FOR_ONE = 12  # an address in the text may become so long: a character of four bytes is %F0%9F%8D%9E
LABEL = re.compile(r"\[([^\[\]]{1,200})\]")


class References:
    """Link definitions by label, and how many characters of addresses the text may still bring.

    A reference of three characters repeats an address of two thousand: what links hold is bounded by what was written.
    """

    def __init__(self) -> None:
        self._definitions: dict[str, str] = {}
        self._chars = FREE_CHARS

    def copy(self) -> "References":
        """A copy for rendering an open block: what is defined and used there counts nowhere else."""
        other = References()
        other._definitions, other._chars = dict(self._definitions), self._chars
        return other

    def define(self, label: str, url: str, title: str) -> None:
        """Add a definition; only the first one of a label counts."""
        title = title.replace("\\", "").replace('"', "&quot;")
        shown_title = f' "{title}"' if title else ""
        self._definitions.setdefault(_key(label), f"[{label}]: <{url}>{shown_title}\n")

    def used_in(self, markdown: str) -> str:
        """The definitions of the labels in a text, to put before it.

        The parser allows links from labels as many characters as the text has: blanks give it more.
        """
        if not self._definitions:
            return ""
        keys = [key for label in LABEL.findall(markdown) if (key := _key(label)) in self._definitions]
        chars = sum(len(self._definitions[key]) for key in keys)
        found = "".join(self._definitions[key] for key in dict.fromkeys(keys))
        return f"{found}{' ' * min(chars, self._chars)}\n" if found else ""

    def have_read(self, chars: int) -> None:
        self._chars += CHARS_FOR_ONE * chars

    def afford(self, chars: int) -> bool:
        is_affordable = chars <= self._chars
        self._chars -= chars if is_affordable else 0
        return is_affordable


def _key(label: str) -> str:
    return " ".join(label.split()).casefold()


def is_allowed(address: str) -> bool:
    return address.lower().startswith(ALLOWED)


def bare_address(text: str, position: int) -> str:
    """The address that begins there, without what surrounds it; "" when none does."""
    found = ADDRESS.match(text, position)
    return without_trailing(without_link(found[0])) if found else ""


def without_link(address: str) -> str:
    """`address` without the link around it ("https://a.example](https://a.example") or behind it ("[1](https://…")."""
    opened: list[int] = []
    for bracket in BRACKET.finditer(address):
        at = bracket.start()
        if bracket[0] == "[":
            opened.append(at)
        elif not opened or address.startswith("](", at):
            return address[: opened[-1] if opened else at]
        else:
            opened.pop()
    return address


def without_trailing(address: str) -> str:
    """`address` without the punctuation of the sentence around it: "(see https://example.org/a_(b))."."""
    while True:
        last = address[-1:]
        unpaired = last in PAIRS and address.count(last) > address.count(PAIRS[last])
        if not last or not (last in TRAILING or unpaired):
            return address
        address = address[:-1]


def host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # "http://[" is an address to Markdown
        return ""
