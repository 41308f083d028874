"""Removes from texts what must never reach a page, and shows what nobody would see."""

import json
import re
import unicodedata
from functools import lru_cache

from .markers import RESERVED

NOT_SHOWN = re.compile(
    "[\u202a-\u202e\u2066-\u2069]"  # bidi embeddings, overrides, isolates: text reads as what it is not
    f"|[\0-\x08\x0b-\x1f\x7f\ud800-\udfff{RESERVED}]"  # controls and lone surrogates: not allowed in HTML
)
# Ends of lines, and letters and marks of which nothing is drawn: fillers, variation selectors (what Unicode calls
# "Default_Ignorable_Code_Point").
NOT_DRAWN = re.compile(
    "[\u2028\u2029\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
NOT_PLAIN = re.compile("[^\n\t -~]")
LINE_ENDS = re.compile("\r\n?")


def presentable(text: str) -> str:
    r"""The text with "\n" as its only line end and nothing that HTML forbids or that disguises.

    Controls, lone surrogates and noncharacters become U+FFFD; bidi embeddings, overrides and isolates go ("Trojan
    Source", CVE-2021-42574), while the marks U+200E and U+200F, which writing needs, stay.
    """
    text = LINE_ENDS.sub("\n", text) if "\r" in text else text
    return NOT_SHOWN.sub(lambda found: "" if found[0] >= "\u202a" and found[0] <= "\u2069" else "\ufffd", text)


def with_escapes(text: str) -> str:
    r"""The text with a JSON escape for each character that is not seen: "\u200b", and "\udb40\udc41" for U+E0041.

    Whole sentences can be hidden in such characters ("ASCII smuggling"). Those that join emoji or Persian letters are
    escaped, too.
    """
    return NOT_PLAIN.sub(lambda found: _with_escape(found[0]), text)


@lru_cache(maxsize=5_000)
def _with_escape(character: str) -> str:
    is_control = unicodedata.category(character).startswith("C")
    is_seen = not (is_control or NOT_DRAWN.match(character) or NOT_SHOWN.match(character))
    return character if is_seen else json.dumps(character)[1:-1]
