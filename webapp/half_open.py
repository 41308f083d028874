"""Connections on which something has yet to arrive: to stop waiting for it, and to wait for no more than so many."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Crowd:
    """Of more than `most` connections those that have waited longest make way: an honest body takes no time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: dict[socket.socket, None] = {}  # those that wait longest first

    @contextmanager
    def joined_by(self, connection: socket.socket) -> Iterator[None]:
        while len(self._waiting) >= self._most:
            longest = next(iter(self._waiting))
            del self._waiting[longest]
            shut_down_reading(longest)
        self._waiting[connection] = None
        try:
            yield
        finally:
            self._waiting.pop(connection, None)


def shut_down_reading(connection: socket.socket) -> None:
    """End the wait for what has not arrived; what has arrived is still answered."""
    with suppress(OSError), connection.dup() as twin:  # shutdown on gevent's socket would raise in the waiting greenlet
        twin.shutdown(socket.SHUT_RD)
