"""HTTP connections that another thread can close, at any moment of a request.

The thread that makes a request may be blocked in a connect, a TLS handshake, a slow upload, the wait for headers or a
silent stream. The only thing that wakes it in all of these is the end of its connection. `requests` gives no access to
the socket before the headers have arrived, so the connections here register it with a `Cancellation` before they
connect. (DNS comes earlier still: a call that is cancelled during the lookup ends when the lookup does.)
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

from chat.openrouter.connection.chunked_response import ChunkedResponse


class Cancellation:
    """Lets any thread cancel a call, by shutting down the connection that it uses at the moment."""

    def __init__(self) -> None:
        self.is_cancelled = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_owner = False

    def cancel(self) -> None:
        """Shut the connection down. The thread that waits for it wakes up at once and closes it.

        Closing the socket here would free its file descriptor for another connection while that thread still waits.
        """
        with self._lock:
            self.is_cancelled = True
            if self._socket is not None:
                with suppress(OSError):
                    # Not SSLSocket's own method: after that one the reader would go on without encryption.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def attach(self, sock: socket.socket, *, is_owner: bool = False) -> None:
        """Watch this socket from now on; an owner also closes it. Raises ConnectionAbortedError if cancelled."""
        with self._lock:
            self._release()
            self._socket = getattr(sock, "socket", sock)  # TLS to a proxy inside TLS: urllib3 wraps the socket
            self._is_owner = is_owner
            self.raise_if_cancelled()

    def raise_if_cancelled(self) -> None:
        if self.is_cancelled:
            raise ConnectionAbortedError("The call has been cancelled.")

    def detach(self) -> None:
        """Forget the connection: from now on it may serve another call."""
        with self._lock:
            self._release()

    def set_read_timeout(self, seconds: float) -> None:
        """Limit each further wait for bytes."""
        with self._lock, suppress(OSError):
            if self._socket is not None:
                self._socket.settimeout(seconds)

    def _release(self) -> None:
        if self._socket is not None and self._is_owner:
            self._socket.close()
        self._socket, self._is_owner = None, False


# The cancellation of the request that this thread or greenlet is sending. A context variable, because `requests` has
# no parameter that would reach the connection.
current_cancellation: ContextVar[Cancellation | None] = ContextVar("current_cancellation", default=None)


class _CancellableConnection(HTTPConnection):
    response_class = ChunkedResponse
    cancellation: Cancellation | None = None

    def connect(self) -> None:
        self.cancellation = current_cancellation.get()
        super().connect()
        if self.cancellation and self.sock:
            self.cancellation.attach(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        self.cancellation = current_cancellation.get()
        if self.cancellation and self.sock:  # the connection is reused
            self.cancellation.attach(self.sock)
        super().request(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        if self.cancellation is None:
            return super()._new_conn()
        try:
            return self._connect_cancellably(self.cancellation)
        except OSError as failure:
            raise NewConnectionError(self, str(failure)) from failure

    def _connect_cancellably(self, cancellation: Cancellation) -> socket.socket:
        """Connect as urllib3 does, but attach the socket to `cancellation` first."""
        failure = OSError("The name has no address.")
        host = self._dns_host.strip("[]")
        for family, kind, protocol, _, address in socket.getaddrinfo(host, self.port, 0, socket.SOCK_STREAM):
            sock = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                sock.settimeout(self.timeout)
                # A duplicate, because TLS takes over the socket itself and hides it until its handshake is done.
                cancellation.attach(socket.socket(fileno=os.dup(sock.fileno())), is_owner=True)
                sock.connect(address)
                cancellation.raise_if_cancelled()
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
        if conn is not None and conn.cancellation is not None:
            conn.cancellation.detach()  # before another call can take the connection: a late `cancel` must not hit it
            conn.cancellation = None
        super()._put_conn(conn)


class _CancellableTlsPool(_CancellablePool, HTTPSConnectionPool):
    ConnectionCls = _CancellableTlsConnection


class CancellableAdapter(HTTPAdapter):
    """Gives a `requests.Session` connections that can be cancelled and that share one TLS context.

    `requests` reads the certificates again for every new connection: some 30 ms of computing, during which a
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
        conn.cert_reqs = "CERT_REQUIRED"  # checked against the certificates of the shared context


@cache
def _tls_context(certificates: str) -> ssl.SSLContext:
    context = create_urllib3_context()
    context.load_verify_locations(**{"capath" if Path(certificates).is_dir() else "cafile": certificates})
    return context
