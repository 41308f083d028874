"""The chunks of a PNG file, read without unfolding any of them.

Source: Portable Network Graphics, third edition, https://www.w3.org/TR/png-3/
"""

import zlib
from collections.abc import Iterator

MAGIC = b"\x89PNG\r\n\x1a\n"
HEADER, PROFILE, PIXELS, END = b"IHDR", b"iCCP", b"IDAT", b"IEND"
NEEDED = {HEADER, b"PLTE", b"tRNS", PROFILE, b"eXIf", PIXELS}  # for how the first image looks; eXIf: which side is up
MAX_CHUNKS = 100_000  # encoders write an IDAT for some kilobytes each
MAX_PROFILE_BYTES = 8_000_000  # of colours; those for print have 1 to 4 MB


def bare(content: bytes) -> bytes:
    """Return the same pixels, with nothing else in the file, and whole as far as it goes.

    Texts, the frames of an animation and a colour profile that unfolds to too much are left out. A file that ends
    early gets an end, and checksums are made anew. Raises ValueError where nothing would show.
    """
    if not content.startswith(MAGIC):
        raise ValueError("no PNG header")
    chunks = list(_needed(content))
    if not chunks or chunks[0][0] != HEADER or len(chunks[0][1]) != 13 or not any(data for _, data in _pixels(chunks)):
        raise ValueError("nothing to show")
    return b"".join([MAGIC, *(_chunk(kind, data) for kind, data in chunks), _chunk(END, b"")])


def _needed(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What is needed of the chunks, in order and once each, but for the pixels; the last one may be cut."""
    position, count, seen = len(MAGIC), 0, set[bytes]()
    while position + 8 <= len(content) and count < MAX_CHUNKS:
        length, kind = int.from_bytes(content[position : position + 4], "big"), content[position + 4 : position + 8]
        start = position + 8
        is_whole = start + length <= len(content)
        if kind == END:
            return
        data = content[start : start + length]
        is_first = kind in NEEDED and is_whole and kind not in seen
        if kind == PIXELS or (is_first and (kind != PROFILE or _is_profile(data))):
            yield kind, data
        seen.add(kind)
        position, count = start + length + 4, count + 1


def _is_profile(data: bytes) -> bool:
    """A name, a zero, a zero for how it is packed, and the profile."""
    packed = data[data.find(b"\0") + 1 :]
    try:
        unpacked = zlib.decompressobj().decompress(packed[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return False
    return packed[:1] == b"\0" and len(unpacked) < MAX_PROFILE_BYTES


def _pixels(chunks: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    return (chunk for chunk in chunks if chunk[0] == PIXELS)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return b"".join([len(data).to_bytes(4, "big"), kind, data, zlib.crc32(kind + data).to_bytes(4, "big")])
