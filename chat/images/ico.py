"""The images in an icon or cursor file, read without decoding a pixel: each is a PNG, or a bitmap without its header.

Source: "The format of icon resources", https://learn.microsoft.com/en-us/previous-versions/ms997538(v=msdn.10)
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

MAGICS = (b"\x00\x00\x01\x00", b"\x00\x00\x02\x00")  # an icon; a cursor
ENTRY = struct.Struct("<BBBBHHII")
BITMAP = struct.Struct("<IiiHH")  # the begin of a bitmap's header: its length, width, height, planes, bits per pixel


class Icon(NamedTuple):
    width: int  # of a bitmap, for a PNG says it itself
    height: int
    content: bytes


def largest(content: bytes) -> Icon:
    """The largest image, as a PNG or as an icon file with nothing else in it. Raises ValueError if none is whole."""
    whole = [entry for entry in _entries(content) if entry[6] > BITMAP.size and entry[7] + entry[6] <= len(content)]
    if not whole:
        raise ValueError("nothing to show")
    entry = max(whole, key=lambda entry: (entry[0] or 256, entry[5]))  # width, then bits per pixel
    data = content[entry[7] : entry[7] + entry[6]]
    return Icon(0, 0, data) if data.startswith(b"\x89PNG") else _bitmap(entry, data)


def _entries(content: bytes) -> Iterator[tuple[int, ...]]:
    """The list of contents."""
    directory = content[6 : 6 + int.from_bytes(content[4:6], "little") * ENTRY.size]
    return ENTRY.iter_unpack(directory[: len(directory) // ENTRY.size * ENTRY.size])


def _bitmap(entry: tuple[int, ...], data: bytes) -> Icon:
    """A cursor has the place of its tip where an icon has the bits, so these are read from the bitmap."""
    _, width, height, _, bits = BITMAP.unpack_from(data)
    one = ENTRY.pack(*entry[:4], 1, bits, len(data), 6 + ENTRY.size)
    return Icon(abs(width), abs(height) // 2, struct.pack("<HHH", 0, 1, 1) + one + data)  # image and mask, stacked
