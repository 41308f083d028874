"""Reads a file to import: a zip with chats, images and files, or the JSON of one chat. The file may be hostile.

Names in a zip are looked up and never used as paths. Sizes are measured while unpacking; those that the zip states
are not trusted.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from chat.archive.json_reader import UnreadableFile
from chat.archive.unsupported_files import check_supported, unsupported_file
from chat.files.storage import MAX_FILE_BYTES
from chat.images.checks import MAX_IMAGE_BYTES
from chat.offload import in_a_python_thread, in_a_real_thread

MAX_BYTES = 1_000_000_000  # of the file, which is stored temporarily: half of what a person's images may take
MAX_CHAT_BYTES = 20_000_000
MAX_CHATS = 10_000
MAX_ENTRIES = 40_000
MAX_DIRECTORY_BYTES = 8_000_000  # of a zip's central directory; some 150 bytes per entry
MAX_UNPACKED_BYTES = 2_000_000_000
MAX_RATIO = 30  # of unpacked to packed bytes, of the whole file; texts reach 10
ALLOWED_BYTES = 20_000_000  # unpacked, whatever the ratio: a small file can be very repetitive
NOT_IMPORTED = "tools.json"  # MCP servers: a person adds each by hand, with its secrets
ZIP_MAGIC = b"PK"
ZIP_ERRORS = (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, struct.error, zlib.error)


Check = Callable[[bytes], None]


class Archive:
    """A file to import. All methods raise UnreadableFile, with a sentence for the person."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        file.seek(0)
        self._zip = in_a_python_thread(_open_zip, file) if file.read(2) == ZIP_MAGIC else None
        infos = self._zip.infolist() if self._zip else []
        if len(infos) > MAX_ENTRIES:
            raise UnreadableFile(_("It contains too many files."))
        entries = [(PurePosixPath(info.filename), info) for info in infos if "__MACOSX" not in info.filename]
        self._chats = [info for path, info in entries if _may_be_imported(path)]
        self._images = {path.name: info for path, info in entries if path.parent.name == "pictures"}
        self._files = {path.name: info for path, info in entries if path.parent.name == "files"}
        self._remaining_bytes = min(MAX_UNPACKED_BYTES, ALLOWED_BYTES + MAX_RATIO * _size(file))
        if self._zip and not self._chats:
            raise unsupported_file()
        if len(self._chats) > MAX_CHATS:
            raise UnreadableFile(_("It contains too many chats."))

    def chats(self) -> "Iterator[tuple[str, ZipInfo | None]]":
        """Yield each chat's name, to show it, and its entry, for `read_chat`."""
        if self._zip is None:
            yield self._name, None
        for info in self._chats:
            yield PurePosixPath(info.filename).stem[:100], info

    def read_chat(self, info: ZipInfo | None) -> bytes:
        if info is not None:
            return self._unpack(info, MAX_CHAT_BYTES, check=check_supported)
        self._file.seek(0)
        return _check_size(self._file.read(MAX_CHAT_BYTES + 1), MAX_CHAT_BYTES, check_supported)

    def read_image(self, file: str) -> bytes | None:
        """Return the image with this name, without folders; None if it is missing or damaged."""
        return self._read_named(self._images, file, MAX_IMAGE_BYTES)

    def read_file(self, file: str) -> bytes | None:
        """Return the PDF or audio file with this name, without folders; None if it is missing or damaged."""
        return self._read_named(self._files, file, MAX_FILE_BYTES)

    def _read_named(self, infos: dict[str, ZipInfo], file: str, max_bytes: int) -> bytes | None:
        info = infos.get(file)
        try:
            return self._unpack(info, max_bytes) if info else None
        except UnreadableFile:
            return None

    def _unpack(self, info: ZipInfo, max_bytes: int, check: Check | None = None) -> bytes:
        if self._remaining_bytes <= 0:
            raise UnreadableFile(_("It is too large when unpacked."))
        content = in_a_real_thread(self._read, info, min(max_bytes, self._remaining_bytes))
        self._remaining_bytes -= len(content)
        return _check_size(content, max_bytes, check)

    def _read(self, info: ZipInfo, max_bytes: int) -> bytes:
        assert self._zip
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise UnreadableFile(_("It uses a compression method that isn't supported."))
        try:
            with self._zip.open(info) as entry:
                return entry.read(max_bytes + 1)
        except ZIP_ERRORS:
            raise UnreadableFile(_("It is damaged.")) from None


def _open_zip(file: BinaryIO) -> ZipFile:
    limited = _LimitedFile(file)
    try:
        archive = ZipFile(limited)
    except ZIP_ERRORS:
        raise UnreadableFile(_("This file is damaged or isn't a zip file.")) from None
    limited.max_bytes = MAX_BYTES
    return archive


def _check_size(content: bytes, max_bytes: int, check: Check | None) -> bytes:
    """Return `content`, of which at most `max_bytes` + 1 were read. If it is too large, `check` may raise first."""
    if len(content) > max_bytes:
        if check:
            check(content)  # that the file is of another program matters more than its size
        raise UnreadableFile(_("It is larger than %(most)d MB.") % {"most": max_bytes // 1_000_000})
    return content


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


class _LimitedFile:
    """A file that refuses to read more than `max_bytes` at once.

    ZipFile reads a zip's central directory at once, however long the zip says it is, and makes objects of it. After
    that the limit is raised, because the sizes of entries are checked while they are unpacked.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.max_bytes = MAX_DIRECTORY_BYTES
        self._file, self._size = file, _size(file)
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, count: int = -1) -> bytes:
        if min(count if count >= 0 else self._size, self._size - self.tell()) > self.max_bytes:
            raise ValueError("The list of contents is too long.")
        return self._file.read(count)


def _may_be_imported(path: PurePosixPath) -> bool:
    return path.suffix == ".json" and not path.name.startswith(".") and path.name != NOT_IMPORTED
