"""Drops the chunks of a PNG file that do not change how it looks, without decompressing its pixels.

Source: Portable Network Graphics, third edition, https://www.w3.org/TR/png-3/
"""

import zlib
from collections.abc import Iterator

MAGIC = b"\x89PNG\r\n\x1a\n"
HEADER, PROFILE, PIXELS, END = b"IHDR", b"iCCP", b"IDAT", b"IEND"
NEEDED = {HEADER, b"PLTE", b"tRNS", PROFILE, b"eXIf", PIXELS}  # change how the first frame looks; eXIf: its orientation
MAX_CHUNKS = 100_000  # encoders write an IDAT for a few kilobytes each
MAX_PROFILE_BYTES = 8_000_000  # colour profiles for print have 1 to 4 MB


def strip(content: bytes) -> bytes:
    """Return a valid PNG file with the same pixels and nothing else.

    Texts, animation frames and a colour profile that decompresses to too much are dropped. A truncated file gets an
    end, and checksums are computed again. Raises ValueError if there are no pixels.
    """
    if not content.startswith(MAGIC):
        raise ValueError("no PNG header")
    chunks = list(_read_needed(content))
    if not chunks or chunks[0][0] != HEADER or len(chunks[0][1]) != 13 or not any(data for _, data in _pixels(chunks)):
        raise ValueError("nothing to show")
    return b"".join([MAGIC, *(_write_chunk(kind, data) for kind, data in chunks), _write_chunk(END, b"")])


def _read_needed(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and data of the needed chunks in order; of all but IDAT only the first. The last may be truncated."""
    position, count, seen = len(MAGIC), 0, set[bytes]()
    while position + 8 <= len(content) and count < MAX_CHUNKS:
        length, kind = int.from_bytes(content[position : position + 4], "big"), content[position + 4 : position + 8]
        start = position + 8
        is_complete = start + length <= len(content)
        if kind == END:
            return
        data = content[start : start + length]
        is_first = kind in NEEDED and is_complete and kind not in seen
        if kind == PIXELS or (is_first and (kind != PROFILE or _is_valid_profile(data))):
            yield kind, data
        seen.add(kind)
        position, count = start + length + 4, count + 1


def _is_valid_profile(data: bytes) -> bool:
    """Whether an iCCP chunk (a name, a zero, a zero for the compression method, the profile) can be decompressed."""
    compressed = data[data.find(b"\0") + 1 :]
    try:
        profile = zlib.decompressobj().decompress(compressed[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return False
    return compressed[:1] == b"\0" and len(profile) < MAX_PROFILE_BYTES


def _pixels(chunks: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    return (chunk for chunk in chunks if chunk[0] == PIXELS)


def _write_chunk(kind: bytes, data: bytes) -> bytes:
    return b"".join([len(data).to_bytes(4, "big"), kind, data, zlib.crc32(kind + data).to_bytes(4, "big")])
