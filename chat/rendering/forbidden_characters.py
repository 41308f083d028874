"""Removes from texts what must never reach a page."""

import re

from .markers import RESERVED

NOT_SHOWN = re.compile(
    "[\u202a-\u202e\u2066-\u2069]"  # bidi embeddings, overrides, isolates: text reads as what it is not
    f"|[\0-\x08\x0b-\x1f\x7f\ud800-\udfff{RESERVED}]"  # controls and lone surrogates: not allowed in HTML
)
LINE_ENDS = re.compile("\r\n?")


def presentable(text: str) -> str:
    r"""The text with "\n" as its only line end and nothing that HTML forbids or that disguises.

    Controls, lone surrogates and noncharacters become U+FFFD; bidi embeddings, overrides and isolates go ("Trojan
    Source", CVE-2021-42574), while the marks U+200E and U+200F, which writing needs, stay.
    """
    text = LINE_ENDS.sub("\n", text) if "\r" in text else text
    return NOT_SHOWN.sub(lambda found: "" if found[0] >= "\u202a" and found[0] <= "\u2069" else "\ufffd", text)
