"""A gunicorn worker for gevent that shuts down quickly, limits idle connections and discards unread bodies."""

# gunicorn and gevent have no annotations.
# mypy: allow-untyped-calls, disable-error-code="misc"

import math
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gevent import Timeout, getcurrent, spawn
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import InvalidHeaderName
from gunicorn.workers.ggevent import GeventWorker

from webapp.half_open import shut_down_reading

FIRST_REQUEST_SECONDS = 15.0  # from the connection to the last header; later requests have `keepalive`
DISCARD_SECONDS = 5.0  # to discard the rest of a body, before the connection is closed
DISCARD_PIECE_BYTES = 1024
MAX_CHUNKED_BYTES = 16 * 1024
CROWDED_SHARE = 0.75  # of `worker_connections`: above that the connections that are idle longest are closed


class Worker(GeventWorker):
    """Exits as soon as no request is running, and gracefully also if the master process was killed.

    gunicorn treats a keep-alive connection without a request like one with a request, so each stop would take the
    whole `graceful_timeout`, with the port closed already.

    Idle connections, half-open ones too, cannot block others: they are closed soon, and sooner if there are many.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connections: dict[Any, socket.socket] = {}  # by the greenlet that serves it
        self._idle: dict[socket.socket, None] = {}  # without a request, those that wait longest first
        self._known: set[socket.socket] = set()  # on which a request has been waited for before
        self._is_quitting = self._has_served = False

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._has_served = True

    def handle_quit(self, sig: Any, frame: Any) -> None:
        """Exit soon, because of SIGINT or SIGQUIT. Ctrl-C causes both: the terminal sends one, the master the other."""
        if not self._is_quitting:
            self._is_quitting = True
            spawn(self._quit, sig, frame)

    def _quit(self, sig: Any, frame: Any) -> None:
        try:
            super(GeventWorker, self).handle_quit(sig, frame)  # not GeventWorker's own, which spawns this
        except SystemExit:
            # gevent raises it in the main greenlet. Later than this it would end the wait for running replies.
            if not self._has_served:
                raise

    def notify(self) -> None:
        """Do regular work; gunicorn calls this every second."""
        super(GeventWorker, self).notify()  # not GeventWorker's own, which exits at once if the master has died
        if self.ppid != os.getppid():
            self.alive = False
        if not self.alive:
            self._close_idle(len(self._idle))
        self._close_idle(len(self._connections) - int(CROWDED_SHARE * self.cfg.worker_connections))

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        self._connections[getcurrent()] = client
        try:
            super().handle(listener, client, addr)
        finally:
            self._known.discard(self._connections.pop(getcurrent()))

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> Any:
        """Refuse headers that gunicorn trusts from local peers: behind a proxy all clients are local."""
        for name, _ in req.headers:
            if name in ("SCRIPT_NAME", "PATH_INFO"):
                raise InvalidHeaderName(name)
        time.sleep(0)  # let other greenlets run between pipelined requests
        handled = super().handle_request(listener_name, req, sock, addr)
        if not _discard_rest(req.body):
            raise StopIteration  # closes the connection
        return handled

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Limit the wait for a request; gunicorn enters this before each."""
        connection = self._connections[getcurrent()]
        seconds = self.cfg.keepalive if connection in self._known else FIRST_REQUEST_SECONDS
        self._known.add(connection)
        self._idle[connection] = None
        if not self.alive:
            shut_down_reading(connection)
        try:
            with Timeout(seconds, False):
                yield
        finally:
            self._idle.pop(connection, None)

    def _close_idle(self, count: int) -> None:
        for connection in list(self._idle)[: max(count, 0)]:
            shut_down_reading(connection)


def _discard_rest(body: Any) -> bool:
    """Discard what the site did not read of a body, and return whether its end was reached.

    A browser reads no response if the connection closes while it sends, so it is worth a few seconds. gunicorn itself
    would read without limit, and without letting other greenlets run. The limit for chunked bodies is lower, because
    browsers do not send them, and a chunk of one byte takes as long as a thousand bytes otherwise.
    """
    give_up_at = time.monotonic() + DISCARD_SECONDS
    max_bytes = MAX_CHUNKED_BYTES if isinstance(body.reader, ChunkedReader) else math.inf
    while max_bytes > 0 and (seconds := give_up_at - time.monotonic()) > 0:
        piece = None
        with Timeout(seconds, False):
            piece = body.read(DISCARD_PIECE_BYTES)
        if not piece:
            return piece is not None and not body.failed
        max_bytes -= len(piece)
        time.sleep(0)
    return False
