"""Finds the largest image in an icon or cursor file, without decoding pixels.

Each image in such a file is a PNG, or a bitmap without its file header.

Source: "The format of icon resources", https://learn.microsoft.com/en-us/previous-versions/ms997538(v=msdn.10)
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

MAGICS = (b"\x00\x00\x01\x00", b"\x00\x00\x02\x00")  # an icon; a cursor
ENTRY = struct.Struct("<BBBBHHII")
BITMAP = struct.Struct("<IiiHH")  # the start of a bitmap's header: its length, width, height, planes, bits per pixel


class Icon(NamedTuple):
    width: int  # in pixels; 0 for a PNG, whose own header has it
    height: int
    content: bytes


def find_largest(content: bytes) -> Icon:
    """Return the largest image, as a PNG or as an icon file with only this image.

    Raises ValueError if no image is complete.
    """
    entries = _read_directory(content)
    complete = [entry for entry in entries if entry[6] > BITMAP.size and entry[7] + entry[6] <= len(content)]
    if not complete:
        raise ValueError("nothing to show")
    entry = max(complete, key=lambda entry: (entry[0] or 256, entry[5]))  # width, then bits per pixel
    data = content[entry[7] : entry[7] + entry[6]]
    return Icon(0, 0, data) if data.startswith(b"\x89PNG") else _make_icon(entry, data)


def _read_directory(content: bytes) -> Iterator[tuple[int, ...]]:
    directory = content[6 : 6 + int.from_bytes(content[4:6], "little") * ENTRY.size]
    return ENTRY.iter_unpack(directory[: len(directory) // ENTRY.size * ENTRY.size])


def _make_icon(entry: tuple[int, ...], data: bytes) -> Icon:
    """Make an icon file of one bitmap.

    The bits per pixel come from the bitmap: where an icon's directory has them, a cursor's has its hotspot.
    """
    _, width, height, _, bits = BITMAP.unpack_from(data)
    new_entry = ENTRY.pack(*entry[:4], 1, bits, len(data), 6 + ENTRY.size)
    file = struct.pack("<HHH", 0, 1, 1) + new_entry + data
    return Icon(abs(width), abs(height) // 2, file)  # the bitmap has the image and, below it, the mask
