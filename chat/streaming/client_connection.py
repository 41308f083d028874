"""The browser's end of a stream's connection, where the server hands it out (gunicorn does).

A phone that fell asleep neither reads nor hangs up. Its stream would stand in a blocked send, with all that it
holds, until the kernel gives up: a quarter of an hour and more. So whoever takes nothing for a while is hung up
on; the page comes back by itself when it wakes.
"""

import contextlib
import socket
import struct
from collections.abc import Generator
from select import POLLIN

from gevent.monkey import get_original

from chat.background import Ticker

PIECE_BYTES = 65_536
PATROL_SECONDS = 10.0
ASLEEP_AFTER = 6  # looks at the same piece, a minute: slower than 1 KB a second is no reading
MOST_UNSENT_BYTES = 65_536  # the kernel would take megabytes: memory, and stale frames for the one who wakes
THROW_AWAY_UNREAD = struct.pack("ii", 1, 0)  # or the kernel would keep it, megabytes, for some minutes more


class ClientConnection:
    def __init__(self, connection: socket.socket | None) -> None:
        self._connection = connection
        self._pieces = 0
        self._is_sending = False
        self._seen = (0, 0)  # at which piece the patrol found it last, and how often
        self._readable = get_original("select", "poll")()  # type: ignore[no-untyped-call]  # never waits; gevent's is dear
        if connection is not None:
            self._readable.register(connection, POLLIN)
            _keep_little_unsent(connection)

    def has_disconnected(self) -> bool:
        if self._connection is None:
            return False
        try:
            # A browser sends nothing more on this connection: what can be read is its end.
            return bool(self._readable.poll(0)) and self._connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def takes(self, content: Generator[bytes]) -> Generator[bytes]:
        """Yield the content, in pieces of which each has its time to be taken."""
        _readers.add(self)
        _patrol.ensure_running()
        try:
            for part in content:
                for begin in range(0, len(part), PIECE_BYTES):
                    self._pieces += 1
                    self._is_sending = True
                    yield part[begin : begin + PIECE_BYTES]
                    self._is_sending = False
        finally:
            _readers.discard(self)
            content.close()

    def look_after(self) -> None:
        """Hang up if it sleeps. In looks, not in seconds: after a pause of the whole machine nobody has slept."""
        piece, times = self._seen
        is_same = self._is_sending and piece == self._pieces
        self._seen = (self._pieces, times + 1 if is_same else 0)
        if self._connection is None or self._seen[1] < ASLEEP_AFTER:
            return
        with contextlib.suppress(OSError):
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, THROW_AWAY_UNREAD)
            with self._connection.dup() as twin:  # gevent's own shutdown would not end as a hang-up does
                twin.shutdown(socket.SHUT_RDWR)  # the send that is blocked fails, and the server tidies up


def _keep_little_unsent(connection: socket.socket) -> None:
    if option := getattr(socket, "TCP_NOTSENT_LOWAT", None):  # Linux and macOS have it
        with contextlib.suppress(OSError):  # no TCP
            connection.setsockopt(socket.IPPROTO_TCP, option, MOST_UNSENT_BYTES)


_readers: set[ClientConnection] = set()


def _look_after_all() -> bool:
    for reader in list(_readers):
        reader.look_after()
    return bool(_readers)


_patrol = Ticker("sleeping-readers", _look_after_all, lambda: PATROL_SECONDS)
