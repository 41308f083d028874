"""A file that somebody brings: a zip of chats with their images, or the JSON of one chat. It may be anything.

Names in a zip are looked up and never used as paths. What is unpacked is measured while it is, whatever the zip says.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from chat.archive.json_reader import UnreadableFile
from chat.archive.unsupported_files import check_supported, not_supported
from chat.images.checks import MAX_IMAGE_BYTES
from chat.offload import beside_the_loop, in_a_real_thread

MOST_BYTES = 1_000_000_000  # of the file, which lies in a temporary one: half of what a person's images may take
MOST_CHAT_BYTES = 20_000_000
MOST_CHATS = 10_000
MOST_ENTRIES = 40_000
MOST_DIRECTORY_BYTES = 8_000_000  # of a zip's list of contents; some 150 bytes each
MOST_UNPACKED_BYTES = 2_000_000_000
MOST_RATIO = 30  # unpacked to packed, of the whole: texts reach 10
ALWAYS_ALLOWED_BYTES = 20_000_000  # a small file may be of repetitions
ZIP_BEGINS = b"PK"
BROKEN = (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, struct.error, zlib.error)


Check = Callable[[bytes], None]


class Archive:
    def __init__(self, file: BinaryIO, name: str) -> None:
        """Raises Unreadable."""
        self._file, self._name = file, name
        file.seek(0)
        self._zip = beside_the_loop(_opened, file) if file.read(2) == ZIP_BEGINS else None
        infos = self._zip.infolist() if self._zip else []
        if len(infos) > MOST_ENTRIES:
            raise UnreadableFile(_("It contains too many files."))
        entries = [(PurePosixPath(info.filename), info) for info in infos if "__MACOSX" not in info.filename]
        self._chats = [info for path, info in entries if path.suffix == ".json" and not path.name.startswith(".")]
        self._images = {path.name: info for path, info in entries if path.parent.name == "pictures"}
        self._left = min(MOST_UNPACKED_BYTES, ALWAYS_ALLOWED_BYTES + MOST_RATIO * _size(file))
        if self._zip and not self._chats:
            raise not_supported()
        if len(self._chats) > MOST_CHATS:
            raise UnreadableFile(_("It contains too many chats."))

    def chats(self) -> "Iterator[tuple[str, ZipInfo | None]]":
        """A name to show, and what to give to `chat`."""
        if self._zip is None:
            yield self._name, None
        for info in self._chats:
            yield PurePosixPath(info.filename).stem[:100], info

    def chat(self, info: ZipInfo | None) -> bytes:
        if info is not None:
            return self._unpacked(info, MOST_CHAT_BYTES, check=check_supported)
        self._file.seek(0)
        return _measured(self._file.read(MOST_CHAT_BYTES + 1), MOST_CHAT_BYTES, check_supported)

    def image(self, file: str) -> bytes | None:
        """By the name in a chat; None when it is not there, or not whole."""
        info = self._images.get(PurePosixPath(file).name)
        try:
            return self._unpacked(info, MAX_IMAGE_BYTES) if info else None
        except UnreadableFile:
            return None

    def _unpacked(self, info: ZipInfo, most: int, check: Check | None = None) -> bytes:
        if self._left <= 0:
            raise UnreadableFile(_("It is too large when unpacked."))
        content = in_a_real_thread(self._read, info, min(most, self._left))
        self._left -= len(content)
        return _measured(content, most, check)

    def _read(self, info: ZipInfo, most: int) -> bytes:
        assert self._zip
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise UnreadableFile(_("It uses a compression method that isn't supported."))
        try:
            with self._zip.open(info) as entry:
                return entry.read(most + 1)
        except BROKEN:
            raise UnreadableFile(_("It is damaged.")) from None


def _opened(file: BinaryIO) -> ZipFile:
    guarded = _Guarded(file)
    try:
        archive = ZipFile(guarded)
    except BROKEN:
        raise UnreadableFile(_("This file is damaged or isn't a zip file.")) from None
    guarded.most_bytes = MOST_BYTES
    return archive


def _measured(content: bytes, most: int, check: Check | None) -> bytes:
    if len(content) > most:
        if check:
            check(content)  # what it is, is said rather than how large
        raise UnreadableFile(_("It is larger than %(most)d MB.") % {"most": most // 1_000_000})
    return content


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


class _Guarded:
    """ZipFile reads a zip's whole list of contents at once, as long as the zip says it is, and makes objects of it.

    Once that is read `most_bytes` may be more: a chat is read at once, too, and is measured where it is unpacked.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.most_bytes = MOST_DIRECTORY_BYTES
        self._file, self._size = file, _size(file)
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, count: int = -1) -> bytes:
        if min(count if count >= 0 else self._size, self._size - self.tell()) > self.most_bytes:
            raise ValueError("The list of contents is too long.")
        return self._file.read(count)
