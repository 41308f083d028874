"""An HTTP response that returns everything that has arrived in one read, however many chunks that is.

http.client returns one chunk per call, and a model sends a chunk for each token. Reading a fast stream that way takes
hundreds of calls a second, at 10 us and more each.
"""

import socket
import struct
from collections.abc import Callable
from fcntl import ioctl
from http.client import HTTPException, HTTPResponse, IncompleteRead
from termios import FIONREAD
from typing import Any

MAX_BYTES_PER_READ = 65_536  # others must not have to wait while a burst is parsed
MAX_LINE_BYTES = 65_536  # for a chunk's size and extensions; http.client has the same limit


class ChunkedResponse(HTTPResponse):
    """A response whose `read1` waits for the next bytes and returns them with all others that have arrived."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._fd = sock.fileno()
        self._count_decrypted_bytes: Callable[[], int] = getattr(sock, "pending", int)  # 0 for a plain socket
        self._decoder = ChunkDecoder()
        self._failure: Exception | None = None

    def read1(self, n: int = -1) -> bytes:
        if not self.chunked or self.fp is None:
            return super().read1(n)
        if self._failure:
            raise self._failure
        body: list[bytes] = []
        try:
            while not self._decoder.is_finished and (not body or self._has_more(body)):
                body += self._read_content(n)
        except (OSError, ValueError, HTTPException) as failure:
            if not body:
                raise
            self._failure = failure  # raised by the next call: what came before the failure must not be lost
        return b"".join(body)

    def _read_content(self, n: int) -> list[bytes]:
        received = self.fp.read1(n)
        if not received:
            raise IncompleteRead(b"")
        content = self._decoder.feed(received)
        return [content] if content else []

    def _has_more(self, body: list[bytes]) -> bool:
        """Whether another read would find something. It may wait a moment for the rest of a TLS record."""
        if sum(map(len, body)) > MAX_BYTES_PER_READ:
            return False
        return bool(self._count_decrypted_bytes() or struct.unpack("i", ioctl(self._fd, FIONREAD, bytes(4)))[0])


class ChunkDecoder:
    """Decodes the chunked transfer encoding. Source: RFC 9112, section 7.1."""

    def __init__(self) -> None:
        self.is_finished = False
        self._remaining_bytes = 0  # of the current chunk, with the line break after it
        self._is_in_trailer = False
        self._partial_line = b""

    def feed(self, received: bytes) -> bytes:
        """Return the content in the next bytes. Raises ValueError when they are not valid chunks."""
        data, at, content = self._partial_line + received, 0, []
        while not self.is_finished:
            piece = data[at : at + self._remaining_bytes]
            content.append(piece[: max(0, self._remaining_bytes - 2)])
            self._remaining_bytes -= len(piece)
            at += len(piece)
            end = data.find(b"\n", at)
            if self._remaining_bytes or end < 0:
                break
            self._read_line(data[at:end])
            at = end + 1
        self._partial_line = data[at:]
        if len(self._partial_line) > MAX_LINE_BYTES:
            raise ValueError("Invalid chunk size.")
        return b"".join(content)

    def _read_line(self, line: bytes) -> None:
        if self._is_in_trailer:
            self.is_finished = not line.strip()
            return
        size_bytes = int(line.partition(b";")[0], 16)
        self._is_in_trailer = not size_bytes
        self._remaining_bytes = size_bytes + 2 if size_bytes else 0
