"""gunicorn's gevent worker, with an end that suits long streams."""

# gunicorn and gevent have no annotations.
# mypy: allow-untyped-calls, disable-error-code="misc"

import math
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from gevent import Timeout, getcurrent
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import InvalidHeaderName
from gunicorn.workers.ggevent import GeventWorker

FIRST_REQUEST_SECONDS = 15.0  # from the connection to the last header; later requests have `keepalive`
SKIPPING_SECONDS = 5.0  # for what is left of a body, before the connection is closed
SKIPPED_AT_ONCE_BYTES = 1024
MOST_CHUNKED_BYTES = 16 * 1024
CROWDED = 0.75  # of `worker_connections`: then who has waited for a request longest makes way for others


class Worker(GeventWorker):
    """Ends as soon as nobody is being served, and also gracefully when the master was killed.

    gunicorn counts a connection that a browser keeps for its next request as one being served: each stop would take
    the whole of `graceful_timeout`, while the port is closed already.

    Connections without a request, half-open ones among them, keep nobody out: their time is short, shorter in a crowd.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connections: dict[Any, socket.socket] = {}  # by the greenlet that serves it
        self._idle: dict[socket.socket, None] = {}  # those without a request, the longest waiting first
        self._greeted: set[socket.socket] = set()  # those that have been waited for before

    def notify(self) -> None:
        """Called every second, to the end."""
        super(GeventWorker, self).notify()  # GeventWorker's own leaves at once when the master is gone
        if self.ppid != os.getppid():
            self.alive = False
        if not self.alive:
            self._let_go_of(len(self._idle))
        self._let_go_of(len(self._connections) - int(CROWDED * self.cfg.worker_connections))

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        self._connections[getcurrent()] = client
        try:
            super().handle(listener, client, addr)
        finally:
            self._greeted.discard(self._connections.pop(getcurrent()))

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> Any:
        """gunicorn takes these headers from whoever is on this machine: behind a proxy that is everybody."""
        for name, _ in req.headers:
            if name in ("SCRIPT_NAME", "PATH_INFO"):
                raise InvalidHeaderName(name)
        time.sleep(0)  # whoever sends many requests at once lets others have their turn between them
        handled = super().handle_request(listener_name, req, sock, addr)
        if not _has_been_read(req.body):
            raise StopIteration  # closes the connection
        return handled

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Around the wait for a request."""
        connection = self._connections[getcurrent()]
        seconds = self.cfg.keepalive if connection in self._greeted else FIRST_REQUEST_SECONDS
        self._greeted.add(connection)
        self._idle[connection] = None
        if not self.alive:
            _let_go(connection)
        try:
            with Timeout(seconds, False):
                yield
        finally:
            self._idle.pop(connection, None)

    def _let_go_of(self, count: int) -> None:
        for connection in list(self._idle)[: max(count, 0)]:
            _let_go(connection)


def _has_been_read(body: Any) -> bool:
    """Read what the site left of it. gunicorn itself would, without an end, and without letting others have their turn.

    A browser that is cut off while it sends never reads the answer, so a moment is spent on that. Browsers send no
    chunks; those of a byte take as long to read as a thousand bytes otherwise.
    """
    give_up_at = time.monotonic() + SKIPPING_SECONDS
    room = MOST_CHUNKED_BYTES if isinstance(body.reader, ChunkedReader) else math.inf
    while room > 0 and (seconds := give_up_at - time.monotonic()) > 0:
        piece = None
        with Timeout(seconds, False):
            piece = body.read(SKIPPED_AT_ONCE_BYTES)
        if not piece:
            return piece is not None and not body.failed
        room -= len(piece)
        time.sleep(0)
    return False


def _let_go(connection: socket.socket) -> None:
    """What has arrived is still read, and answered; behind it is the end."""
    with suppress(OSError), connection.dup() as twin:  # gevent's own would raise where the request is waited for
        twin.shutdown(socket.SHUT_RD)
