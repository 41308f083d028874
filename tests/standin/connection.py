"""The socket below a request: noticing that a client leaves, and hanging up on it."""

import errno
import socket
import struct
import time

import gevent
from gevent.event import Event
from gevent.pywsgi import WSGIHandler
from gevent.socket import wait_read  # type: ignore[attr-defined]


class Left(ConnectionResetError):
    """The connection is over, whoever ended it. pywsgi takes this errno without a word."""

    def __init__(self, by_client: bool) -> None:
        self.by_client = by_client
        super().__init__(errno.ECONNRESET, "the client left" if by_client else "hung up")


class Connection:
    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._left = Event()
        self._is_given_up = False
        self._watcher: gevent.Greenlet | None = None
        self.left_at: float | None = None

    def watch(self) -> None:
        """From now until `unwatch`, see the client go. Unix time of that is kept in `left_at`."""
        self._watcher = gevent.spawn(self._wait_for_goodbye)

    def unwatch(self) -> None:
        if self._watcher is not None:
            self._watcher.kill(block=False)

    def wait_until(self, moment: float) -> None:
        """Sleep until `moment` (time.monotonic). Raises Left as soon as the client goes."""
        self._left.wait(max(0.0, moment - time.monotonic()))
        if self._left.is_set():
            raise Left(by_client=not self._is_given_up)

    def give_up(self) -> None:
        """Wake whoever waits here, and end the connection. Call it in the server's thread."""
        self._is_given_up = True
        self._left.set()

    def hang_up(self, *, reset: bool = False) -> None:
        """End the connection in the middle of whatever it carries: politely (FIN), or with a reset (RST)."""
        if reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Left(by_client=False)

    def _wait_for_goodbye(self) -> None:
        # A client has nothing to say while it listens: readable means its end, or the close_notify of TLS.
        wait_read(self._socket.fileno())
        self.left_at = time.time()
        self._left.set()


class Handler(WSGIHandler):
    """Gives the application its socket, and sends each piece at once."""

    def __init__(self, sock, address, server, rfile=None):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(sock, address, server, rfile)

    def get_environ(self):
        environ = super().get_environ()
        environ["standin.connection"] = Connection(self.socket)
        return environ
