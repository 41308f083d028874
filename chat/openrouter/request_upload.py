"""The body of a chat request, made while it is sent: pictures go from their files to the line, 12 KB at a time.

As one string a chat with ten pictures would be 20 MB of JSON: several times that in memory, and 60 ms in which
a gevent worker serves nobody.
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
READ_BYTES = PIECE_BYTES // 4 * 3  # whole groups of three: no padding before the end
PIECES_A_TURN = 16


@dataclass(frozen=True)
class ImageFile:
    """A picture in the body of a request, in the place of its `data:` URL."""

    content_type: str
    size_bytes: int
    open: Callable[[], BinaryIO] = field(repr=False)

    @property
    def url_bytes(self) -> int:
        return len(self._head) + (self.size_bytes + 2) // 3 * 4

    def url_pieces(self) -> Iterator[bytes]:
        yield self._head
        with closing(self.open()) as file:
            while content := file.read(READ_BYTES):
                yield b64encode(content)

    @property
    def _head(self) -> bytes:
        return f"data:{self.content_type};base64,".encode()


class Upload:
    """A JSON body as `requests` wants a file: `len` says how long it is, and it can be read once."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._pictures: list[ImageFile] = []
        self._gap = token_hex(16)
        content = json.dumps(body, ensure_ascii=False, default=self._leave_gap).encode()
        self._texts = content.split(self._gap.encode())
        self.len = sum(map(len, self._texts)) + sum(picture.url_bytes for picture in self._pictures)
        self._pieces = self._all_pieces()
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        """The next piece, of at most 16 KB whatever `size` is; b"" at the end."""
        self._read += 1
        if self._read % PIECES_A_TURN == 0:
            time.sleep(0)  # a fast line never makes the sender wait, and so others would
        return next(self._pieces, b"")

    def __iter__(self) -> Iterator[bytes]:  # what `requests` knows a file by
        return self._pieces

    def _leave_gap(self, value: object) -> str:
        if not isinstance(value, ImageFile):
            raise TypeError(f"{type(value).__name__} is not JSON")
        self._pictures.append(value)
        return self._gap

    def _all_pieces(self) -> Iterator[bytes]:
        for text, picture in zip_longest(self._texts, self._pictures):
            for start in range(0, len(text), PIECE_BYTES):
                yield text[start : start + PIECE_BYTES]
            if picture:
                yield from picture.url_pieces()
