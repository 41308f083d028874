"""A zip while it is made: what is not read yet is not there yet, whatever its size.

The standard library writes one to a file that cannot be rewound, with the sizes behind each entry and ZIP64 where it
is needed: nothing more is needed here than such a file that gives away what was written.
"""

import io
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PIECE_BYTES = 65_536  # deflated in 1 to 2 ms; between two of them others have their turn
EARLIEST_YEAR, LATEST_YEAR = 1980, 2107  # that a zip can name
LEVEL = 6


class Entry(NamedTuple):
    name: str
    moment: datetime
    content: Iterable[bytes]
    is_packed: bool = False  # by its own format: nothing would be gained


def zip_of(entries: Iterable[Entry]) -> Generator[bytes]:
    """Yield the zip. If an entry breaks this does, without the directory at the end: what came is not a zip then."""
    outlet = _Outlet()
    archive = ZipFile(outlet, "w", ZIP_DEFLATED)
    try:
        for entry in entries:
            with archive.open(_info(entry), "w") as file:
                for piece in entry.content:
                    file.write(piece)
                    yield from outlet.emptied(PIECE_BYTES)
        archive.close()
        yield from outlet.emptied(0)
    finally:
        archive.fp = None  # or it would write its directory when it is thrown away


def in_pieces(texts: Iterable[str]) -> Iterator[bytes]:
    """In UTF-8, none larger than `PIECE_BYTES`."""
    for text in texts:
        content = text.encode()
        for begin in range(0, len(content), PIECE_BYTES):
            yield content[begin : begin + PIECE_BYTES]


def _info(entry: Entry) -> ZipInfo:
    moment = entry.moment.astimezone(UTC)
    year = min(max(moment.year, EARLIEST_YEAR), LATEST_YEAR)
    info = ZipInfo(entry.name, (year, *moment.timetuple()[1:6]))
    info.compress_type = ZIP_DEFLATED
    # Not ZIP_STORED: who unpacks while it arrives could not see where such an entry ends. Level 0 stores, too.
    info._compresslevel = 0 if entry.is_packed else LEVEL  # type: ignore[attr-defined]
    return info


class _Outlet(io.RawIOBase):
    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes") -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        self._bytes += len(data)
        return len(data)

    def emptied(self, at_least: int) -> Iterator[bytes]:
        """What was written, if it is so much."""
        if self._parts and self._bytes >= at_least:
            content = b"".join(self._parts)
            self._parts, self._bytes = [], 0
            yield content
