"""Watches the connections of long responses; closes those whose browser has stopped reading, and too many of a person.

A phone that went to sleep neither reads nor disconnects. Its response would block in `send`, with all the memory that
it uses, until the kernel gives up after a quarter of an hour or more. The page reconnects by itself when it wakes.
The server has to hand out the socket, as gunicorn does; without one nothing is watched.
"""

import contextlib
import socket
import struct
from collections.abc import Generator, Hashable
from select import POLLIN

from gevent.monkey import get_original

from chat.background import Ticker

PIECE_BYTES = 65_536
CHECK_SECONDS = 10.0
STALLED_AFTER_CHECKS = 6  # checks that find the same piece, so a minute: no reader is slower than 1 KB a second
MAX_STREAMS = 100  # of one person in one process, which serves 4,000 connections
MAX_UNSENT_BYTES = 65_536  # the kernel would buffer megabytes, and a page that wakes would first get old frames
# SO_LINGER with a timeout of 0 drops unsent data; else the kernel would keep megabytes for some minutes more.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ClientConnection:
    """The socket to a browser that receives a long response; None where the server does not hand it out.

    `person` is whose browser it is.
    """

    def __init__(self, connection: socket.socket | None, person: Hashable) -> None:
        self._connection, self._person = connection, person
        self._has_made_way = False
        self._piece_number = 0
        self._is_sending = False
        self._last_check = (0, 0)  # the piece that the last check found, and how many checks before it found the same
        # A poll with timeout 0 never blocks, and gevent's own is slow.
        self._readable = get_original("select", "poll")()  # type: ignore[no-untyped-call]
        if connection is not None:
            self._readable.register(connection, POLLIN)
            _limit_unsent(connection)

    def has_disconnected(self) -> bool:
        """Whether the browser has closed the connection, as far as is known, or has to connect again."""
        if self._has_made_way or self._connection is None:
            return self._has_made_way
        try:
            # Browsers send nothing during a response: if there is something to read, it is the end.
            return bool(self._readable.poll(0)) and self._connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def stream(self, content: Generator[bytes]) -> Generator[bytes]:
        """Yield the content in pieces of at most PIECE_BYTES, each of which must be sent in time; closes `content`."""
        _connections[self] = None
        _make_way_for(self._person)
        _watchdog.ensure_running()
        try:
            for part in content:
                for begin in range(0, len(part), PIECE_BYTES):
                    self._piece_number += 1
                    self._is_sending = True
                    yield part[begin : begin + PIECE_BYTES]
                    self._is_sending = False
        finally:
            _connections.pop(self, None)
            content.close()

    def close_if_stalled(self) -> None:
        """Close the connection if its browser stopped reading.

        Counts checks, not seconds: when the whole machine was paused, no browser is to blame.
        """
        piece, times = self._last_check
        is_same = self._is_sending and piece == self._piece_number
        self._last_check = (self._piece_number, times + 1 if is_same else 0)
        if self._last_check[1] >= STALLED_AFTER_CHECKS:
            self._reset()

    def make_way(self) -> None:
        """End the response as soon as its content asks `has_disconnected`; at once if it waits for the browser."""
        self._has_made_way = True
        if self._is_sending:
            self._reset()

    @staticmethod
    def open_of(person: Hashable) -> "list[ClientConnection]":
        """Those of a person that have not made way, the oldest first."""
        return [each for each in _connections if each._person == person and not each._has_made_way]

    def _reset(self) -> None:
        if self._connection is None:
            return
        with contextlib.suppress(OSError):
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            with self._connection.dup() as twin:  # gevent's own shutdown would not look like a disconnect
                twin.shutdown(socket.SHUT_RDWR)  # the blocked send fails, and the server cleans up


def _limit_unsent(connection: socket.socket) -> None:
    if option := getattr(socket, "TCP_NOTSENT_LOWAT", None):  # Linux and macOS have it
        with contextlib.suppress(OSError):  # it is no TCP socket
            connection.setsockopt(socket.IPPROTO_TCP, option, MAX_UNSENT_BYTES)


_connections: dict[ClientConnection, None] = {}  # in the order in which they were opened


def _make_way_for(person: Hashable) -> None:
    """End the oldest responses of a person who has too many. A page that still needs one connects again."""
    for oldest in ClientConnection.open_of(person)[:-MAX_STREAMS]:
        oldest.make_way()


def _close_stalled() -> bool:
    for connection in list(_connections):
        connection.close_if_stalled()
    return bool(_connections)


_watchdog = Ticker("sleeping-readers", _close_stalled, lambda: CHECK_SECONDS)
