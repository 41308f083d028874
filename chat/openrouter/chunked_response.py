"""A response that hands over all that has come at once: what one read brings can be many small chunks.

http.client returns one chunk a call, and a model sends one for each token. Whoever reads ten times a second would
need a call for each of them, at 10 us and more.
"""

import socket
import struct
from collections.abc import Callable
from fcntl import ioctl
from http.client import HTTPException, HTTPResponse, IncompleteRead
from termios import FIONREAD
from typing import Any

MOST_BYTES = 65_536  # in one call: a burst must not keep others waiting while it is parsed
LONGEST_LINE_BYTES = 65_536  # of a chunk's size and extensions; http.client has the same limit


class ChunkedResponse(HTTPResponse):
    """`read1` waits for bytes, and returns them with all others that are there already."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._fd = sock.fileno()
        self._decrypted_bytes: Callable[[], int] = getattr(sock, "pending", int)  # TLS has some, a plain socket none
        self._chunks = Chunks()
        self._failure: Exception | None = None

    def read1(self, n: int = -1) -> bytes:
        if not self.chunked or self.fp is None:
            return super().read1(n)
        if self._failure:
            raise self._failure
        body: list[bytes] = []
        try:
            while not self._chunks.are_over and (not body or self._has_more(body)):
                body += self._next(n)
        except (OSError, ValueError, HTTPException) as failure:
            if not body:
                raise
            self._failure = failure  # what came before it is not to be lost
        return b"".join(body)

    def _next(self, n: int) -> list[bytes]:
        received = self.fp.read1(n)
        if not received:
            raise IncompleteRead(b"")
        content = self._chunks.feed(received)
        return [content] if content else []

    def _has_more(self, body: list[bytes]) -> bool:
        """Whether the next read would find something. It may have to wait a moment for the rest of a TLS record."""
        if sum(map(len, body)) > MOST_BYTES:
            return False
        return bool(self._decrypted_bytes() or struct.unpack("i", ioctl(self._fd, FIONREAD, bytes(4)))[0])


class Chunks:
    """Takes a chunked body out of its transfer encoding. Source: RFC 9112, section 7.1."""

    def __init__(self) -> None:
        self.are_over = False
        self._left_bytes = 0  # of the chunk and the line end after it
        self._is_in_trailer = False
        self._rest = b""  # the beginning of a line

    def feed(self, received: bytes) -> bytes:
        """Return the content in the next bytes. Raises ValueError when they are no chunks."""
        data, at, content = self._rest + received, 0, []
        while not self.are_over:
            piece = data[at : at + self._left_bytes]
            content.append(piece[: max(0, self._left_bytes - 2)])
            self._left_bytes -= len(piece)
            at += len(piece)
            end = data.find(b"\n", at)
            if self._left_bytes or end < 0:
                break
            self._take_line(data[at:end])
            at = end + 1
        self._rest = data[at:]
        if len(self._rest) > LONGEST_LINE_BYTES:
            raise ValueError("Invalid chunk size.")
        return b"".join(content)

    def _take_line(self, line: bytes) -> None:
        if self._is_in_trailer:
            self.are_over = not line.strip()
            return
        size_bytes = int(line.partition(b";")[0], 16)
        self._is_in_trailer = not size_bytes
        self._left_bytes = size_bytes + 2 if size_bytes else 0
