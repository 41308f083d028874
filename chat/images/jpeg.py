"""The markers of a JPEG file, read without decoding a pixel.

Source: ITU-T T.81, annex B, https://www.w3.org/Graphics/JPEG/itu-t81.pdf
"""

import re
from typing import NamedTuple

MARKER = re.compile(rb"\xff([\xc0-\xcf\xd8-\xfe])")  # neither a stuffed zero nor a restart marker, nor filling
START, END, SCAN = b"\xd8", b"\xd9", b"\xda"
ARITHMETIC = {b"\xc9", b"\xca", b"\xcb", b"\xcc", b"\xcd", b"\xce", b"\xcf"}
END_OF_IMAGE = b"\xff\xd9"
MOST_PARTS = 20_000  # cameras write some dozens; of more, the rest is left out
PIECE_BYTES = 64 * 1024  # read at once, 20 ms if all is filling: an expression keeps the interpreter to itself


class Jpeg(NamedTuple):
    scans: int  # passes over the image: an empty one is a few bytes of file, and takes as long as another
    has_pixels: bool
    is_arithmetic: bool  # coded in a way that no browser knows; empty passes take seconds in it
    end: int  # where the last whole part ends: of a cut table of codes a decoder would wait for the rest


def read(content: bytes) -> Jpeg:
    """What stands in the file up to its end marker, or to where it breaks off."""
    scans = parts = position = 0
    has_pixels = is_arithmetic = False
    while (found := _marker(content, position)) and found[1] != END and parts < MOST_PARTS:
        parts += 1
        length = 0 if found[1] == START else int.from_bytes(content[found.end() : found.end() + 2], "big")
        position = found.end() + length
        if position > len(content):
            return Jpeg(scans, has_pixels, is_arithmetic, found.start())
        scans += found[1] == SCAN
        has_pixels |= found[1] == SCAN and position < len(content) and content[position : position + 2] != END_OF_IMAGE
        is_arithmetic |= found[1] in ARITHMETIC
    return Jpeg(scans, has_pixels, is_arithmetic, found.start() if found else len(content))


def _marker(content: bytes, position: int) -> re.Match[bytes] | None:
    pieces = range(position, len(content), PIECE_BYTES)
    found = (MARKER.search(content, begin, begin + PIECE_BYTES + 1) for begin in pieces)
    return next(filter(None, found), None)
