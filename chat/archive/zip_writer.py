"""Writes a zip of any size piece by piece, while it is downloaded.

The standard library can write a zip to a file without `seek`, with the sizes after each entry and ZIP64 if needed. So
this only needs such a file object, from which the written bytes are taken.
"""

import io
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PIECE_BYTES = 65_536  # compressed in 1 to 2 ms, before others get their turn
EARLIEST_YEAR, LATEST_YEAR = 1980, 2107  # that a zip can store
COMPRESSION_LEVEL = 6


class ZipEntry(NamedTuple):
    name: str
    moment: datetime
    content: Iterable[bytes]
    is_compressed: bool = False  # its format is compressed already


def write_zip(entries: Iterable[ZipEntry]) -> Generator[bytes]:
    """Yield the bytes of the zip. If reading an entry fails, so does this, and the bytes so far are not a valid zip."""
    buffer = _Buffer()
    archive = ZipFile(buffer, "w", ZIP_DEFLATED)
    try:
        for entry in entries:
            with archive.open(_zip_info(entry), "w") as file:
                for piece in entry.content:
                    file.write(piece)
                    yield from buffer.take(PIECE_BYTES)
        archive.close()
        yield from buffer.take(0)
    finally:
        archive.fp = None  # otherwise it would write its directory when it is garbage-collected


def encode_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """Yield the texts in UTF-8, in pieces of at most `PIECE_BYTES`."""
    for text in texts:
        content = text.encode()
        for begin in range(0, len(content), PIECE_BYTES):
            yield content[begin : begin + PIECE_BYTES]


def _zip_info(entry: ZipEntry) -> ZipInfo:
    moment = entry.moment.astimezone(UTC)
    year = min(max(moment.year, EARLIEST_YEAR), LATEST_YEAR)
    info = ZipInfo(entry.name, (year, *moment.timetuple()[1:6]))
    info.compress_type = ZIP_DEFLATED
    # Not ZIP_STORED: a program that unpacks while downloading could not see where such an entry ends. Deflate with
    # level 0 does not compress either.
    info._compresslevel = 0 if entry.is_compressed else COMPRESSION_LEVEL  # type: ignore[attr-defined]
    return info


class _Buffer(io.RawIOBase):
    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes") -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        self._bytes += len(data)
        return len(data)

    def take(self, at_least: int) -> Iterator[bytes]:
        """Yield and remove what was written, if it is at least so many bytes."""
        if self._parts and self._bytes >= at_least:
            content = b"".join(self._parts)
            self._parts, self._bytes = [], 0
            yield content
