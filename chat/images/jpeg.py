"""Reads the markers of a JPEG file, without decoding pixels, to see whether decoding it is safe.

Source: ITU-T T.81, annex B, https://www.w3.org/Graphics/JPEG/itu-t81.pdf
"""

import re
from typing import NamedTuple

MARKER = re.compile(rb"\xff([\xc0-\xcf\xd8-\xfe])")  # but no stuffed zero, restart marker or fill byte
START, END, SCAN = b"\xd8", b"\xd9", b"\xda"
ARITHMETIC = {b"\xc9", b"\xca", b"\xcb", b"\xcc", b"\xcd", b"\xce", b"\xcf"}
END_OF_IMAGE = b"\xff\xd9"
MAX_SEGMENTS = 20_000  # cameras write a few dozen; segments after these are dropped
PIECE_BYTES = 64 * 1024  # searched at once, 20 ms if all are fill bytes: a regular expression holds the GIL


class Jpeg(NamedTuple):
    scans: int  # passes over the image: an empty one is a few bytes of file, and takes as long as any other
    has_pixels: bool
    is_arithmetic: bool  # arithmetic coding: no browser supports it, and empty scans take seconds with it
    end: int  # position after the last complete segment; in an incomplete table a decoder would wait for the rest


def read(content: bytes) -> Jpeg:
    """Return what the segments say, up to the end marker or to where the file is truncated."""
    scans = segments = position = 0
    has_pixels = is_arithmetic = False
    while (found := _find_marker(content, position)) and found[1] != END and segments < MAX_SEGMENTS:
        segments += 1
        length = 0 if found[1] == START else int.from_bytes(content[found.end() : found.end() + 2], "big")
        position = found.end() + length
        if position > len(content):
            return Jpeg(scans, has_pixels, is_arithmetic, found.start())
        scans += found[1] == SCAN
        has_pixels |= found[1] == SCAN and position < len(content) and content[position : position + 2] != END_OF_IMAGE
        is_arithmetic |= found[1] in ARITHMETIC
    return Jpeg(scans, has_pixels, is_arithmetic, found.start() if found else len(content))


def _find_marker(content: bytes, position: int) -> re.Match[bytes] | None:
    pieces = range(position, len(content), PIECE_BYTES)
    found = (MARKER.search(content, begin, begin + PIECE_BYTES + 1) for begin in pieces)
    return next(filter(None, found), None)
