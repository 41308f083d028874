"""Builds the JSON body of a chat request while it is sent, reading its images and files 12 KB at a time.

As one string, a chat with ten images would be 20 MB of JSON: several times that in memory, and 60 ms of encoding
during which a gevent worker serves nobody.
"""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import zip_longest
from secrets import token_hex
from typing import Any, BinaryIO

PIECE_BYTES = 16_384
READ_BYTES = PIECE_BYTES // 4 * 3  # a multiple of three, so that base64 adds no padding before the end
PIECES_PER_TURN = 16


@dataclass(frozen=True)
class EncodedFile:
    """A file in the body of a request, in place of its `data:` URL; without `is_url`, of its base64 alone."""

    content_type: str
    size_bytes: int
    open: Callable[[], BinaryIO] = field(repr=False)
    is_url: bool = True

    @property
    def url_bytes(self) -> int:
        return len(self._prefix) + (self.size_bytes + 2) // 3 * 4

    def url_pieces(self) -> Iterator[bytes]:
        if self._prefix:  # an empty piece would be the end of the body
            yield self._prefix
        with closing(self.open()) as file:
            while content := file.read(READ_BYTES):
                yield b64encode(content)

    @property
    def _prefix(self) -> bytes:
        return f"data:{self.content_type};base64,".encode() if self.is_url else b""


class Upload:
    """A JSON body as a file-like object for `requests`: `len` is its size in bytes, and it can be read once."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._files: list[EncodedFile] = []
        self._placeholder = token_hex(16)
        content = json.dumps(body, ensure_ascii=False, default=self._replace_file).encode()
        self._texts = content.split(self._placeholder.encode())
        self.len = sum(map(len, self._texts)) + sum(file.url_bytes for file in self._files)
        self._pieces = self._iterate_pieces()
        self._pieces_read = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, of at most 16 KB whatever `size` is; b"" at the end."""
        self._pieces_read += 1
        if self._pieces_read % PIECES_PER_TURN == 0:
            time.sleep(0)  # on a fast network the sender never blocks, so other greenlets would not get a turn
        return next(self._pieces, b"")

    def __iter__(self) -> Iterator[bytes]:  # `requests` takes an iterable with a `len` for a file
        return self._pieces

    def _replace_file(self, value: object) -> str:
        if not isinstance(value, EncodedFile):
            raise TypeError(f"{type(value).__name__} is not JSON")
        self._files.append(value)
        return self._placeholder

    def _iterate_pieces(self) -> Iterator[bytes]:
        for text, file in zip_longest(self._texts, self._files):
            for start in range(0, len(text), PIECE_BYTES):
                yield text[start : start + PIECE_BYTES]
            if file:
                yield from file.url_pieces()


def body_bytes(body: Mapping[str, Any]) -> int:
    """How long a JSON body is, images and files included. They are not read for it."""
    return Upload(body).len
