"""gunicorn's gevent worker, with an end that suits long streams."""

# gunicorn and gevent have no annotations.
# mypy: allow-untyped-calls, disable-error-code="misc"

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from gevent import Timeout, getcurrent
from gunicorn.workers.ggevent import GeventWorker


class Worker(GeventWorker):
    """Ends as soon as nobody is being served, and also gracefully when the master was killed.

    gunicorn counts a connection that a browser keeps for its next request as one being served: each stop would take
    the whole of `graceful_timeout`, while the port is closed already.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connections: dict[Any, socket.socket] = {}  # by the greenlet that serves it
        self._idle: set[socket.socket] = set()  # those without a request

    def notify(self) -> None:
        """Called every second, to the end."""
        super(GeventWorker, self).notify()  # GeventWorker's own leaves at once when the master is gone
        if self.ppid != os.getppid():
            self.alive = False
        if not self.alive:
            for connection in list(self._idle):
                _let_go(connection)

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        self._connections[getcurrent()] = client
        try:
            super().handle(listener, client, addr)
        finally:
            del self._connections[getcurrent()]

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Around the wait for a request."""
        connection = self._connections[getcurrent()]
        self._idle.add(connection)
        if not self.alive:
            _let_go(connection)
        try:
            with Timeout(self.cfg.keepalive, False):
                yield
        finally:
            self._idle.discard(connection)


def _let_go(connection: socket.socket) -> None:
    """What has arrived is still read, and answered; behind it is the end."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
