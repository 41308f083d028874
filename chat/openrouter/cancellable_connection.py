"""The line that one call is on, and connections that let themselves be cut off it.

A reader may be blocked in a connect, a handshake, a slow upload, the wait for headers or a silent stream. The
only thing that wakes it in all of them is the end of its connection. requests does not show the socket before
the headers are in, so the connections here show it themselves, from before they connect. (The lookup of the
name comes earlier still: a call that is cancelled there ends when the lookup does.)
"""

import os
import socket
import ssl
import threading
from contextlib import suppress
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from .chunked_response import ChunkedResponse


class Cancellation:
    """The connection that a call is using at the moment, if any. `cut` may come from any thread, any time."""

    def __init__(self) -> None:
        self.is_cut = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_ours = False

    def cut(self) -> None:
        """Shut the connection down; whoever waits on it wakes up at once and closes it.

        Closing it here would free its number for another connection while the reader still waits on it.
        """
        with self._lock:
            self.is_cut = True
            if self._socket is not None:
                with suppress(OSError):
                    # Not the method of SSLSocket: that one would let the reader go on in the clear.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def hold(self, sock: socket.socket, *, is_ours: bool = False) -> None:
        """Use this socket from now on, and close it at the end if it is ours alone. Raises like `raise_if_cut`."""
        with self._lock:
            self._drop()
            self._socket = getattr(sock, "socket", sock)  # TLS to a proxy inside TLS: urllib3 wraps the socket
            self._is_ours = is_ours
            self.raise_if_cut()

    def raise_if_cut(self) -> None:
        if self.is_cut:
            raise ConnectionAbortedError("The call has been cancelled.")

    def let_go(self) -> None:
        """Forget the connection: from now on it may serve another call."""
        with self._lock:
            self._drop()

    def wait_at_most(self, seconds: float) -> None:
        """Limit each further wait for bytes."""
        with self._lock, suppress(OSError):
            if self._socket is not None:
                self._socket.settimeout(seconds)

    def _drop(self) -> None:
        if self._socket is not None and self._is_ours:
            self._socket.close()
        self._socket, self._is_ours = None, False


# Which line a request is for: requests passes nothing of ours through to the connection. Each thread and each
# greenlet has its own.
cancellation_in_use: ContextVar[Cancellation | None] = ContextVar("line_in_use", default=None)


class _CancellableConnection(HTTPConnection):
    response_class = ChunkedResponse
    line: Cancellation | None = None

    def connect(self) -> None:
        self.line = cancellation_in_use.get()
        super().connect()
        if self.line and self.sock:
            self.line.hold(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        self.line = cancellation_in_use.get()
        if self.line and self.sock:  # it has served other calls before
            self.line.hold(self.sock)
        super().request(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        if self.line is None:
            return super()._new_conn()
        try:
            return self._connect_on(self.line)
        except OSError as failure:
            raise NewConnectionError(self, str(failure)) from failure

    def _connect_on(self, line: Cancellation) -> socket.socket:
        """Connect as urllib3 does, with the line holding the socket from before it connects."""
        failure = OSError("The name has no address.")
        host = self._dns_host.strip("[]")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, self.port, 0, socket.SOCK_STREAM):
            sock = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                sock.settimeout(self.timeout)
                # A second handle, since TLS will take the first away and hide it until its handshake is over.
                line.hold(socket.socket(fileno=os.dup(sock.fileno())), is_ours=True)
                sock.connect(address)
                line.raise_if_cut()
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure


class _CancellableTlsConnection(_CancellableConnection, HTTPSConnection):
    pass


class _CancellablePool(HTTPConnectionPool):
    ConnectionCls = _CancellableConnection

    def _put_conn(self, conn: Any) -> None:
        if conn is not None and conn.line is not None:
            conn.line.let_go()  # before others can take it: a late `cut` must not hit their call
            conn.line = None
        super()._put_conn(conn)


class _CancellableTlsPool(_CancellablePool, HTTPSConnectionPool):
    ConnectionCls = _CancellableTlsConnection


class CancellableAdapter(HTTPAdapter):
    """Gives a requests.Session connections that can be cut, and that share one TLS context.

    requests lets every new connection read the certificates again: some 30 ms of pure computing, in which a
    gevent worker serves nobody.
    """

    _pool_classes = {"http": _CancellablePool, "https": _CancellableTlsPool}

    def __init__(self, **settings: Any) -> None:
        named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        self._tls = _tls_context(named or DEFAULT_CA_BUNDLE_PATH)
        super().__init__(**settings)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pool_classes

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, ssl_context=self._tls, **kwargs)
        manager.pool_classes_by_scheme = self._pool_classes
        return manager

    def get_connection_with_tls_context(self, request: Any, verify: Any, *args: Any, **kwargs: Any) -> Any:
        return super().get_connection_with_tls_context(request, True, *args, **kwargs)

    def cert_verify(self, conn: Any, *_: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"  # by the context's certificates


@cache
def _tls_context(certificates: str) -> ssl.SSLContext:
    context = create_urllib3_context()
    context.load_verify_locations(**{"capath" if Path(certificates).is_dir() else "cafile": certificates})
    return context
