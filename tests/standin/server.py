"""gevent's WSGI server in a thread with a hub of its own, so that nothing around it is patched."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import gevent
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer
from gevent.socket import socket as GeventSocket  # type: ignore[attr-defined]  # noqa: N812
from gevent.ssl import PROTOCOL_TLS_SERVER, SSLContext  # type: ignore[attr-defined]

from tests.standin.connection import Handler

PATIENCE_SECONDS = 60
TURNS_TO_CATCH_UP = 3
BACKLOG = 1024  # a benchmark opens hundreds of streams at once
Certificate = tuple[str, str]  # the paths of a certificate and of its key


class Server:
    """Serves `application` from `start` until `stop`. `address` is host and port, once started."""

    def __init__(
        self, application: Callable[..., Any], host: str, port: int, certificate: Certificate | None = None
    ) -> None:
        self._application = application
        self._certificate = certificate
        self._is_ready = threading.Event()
        self._hub: Any = None
        self._server: Any = None
        self.address = (host, port)

    def start(self) -> None:
        """OSError when the port is taken."""
        listener = socket.create_server(self.address, backlog=BACKLOG)
        self.address = listener.getsockname()[:2]
        self._thread = threading.Thread(
            target=self._serve, args=(listener.detach(), _tls(self._certificate)), name="standin", daemon=True
        )
        self._thread.start()
        self._is_ready.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        self.call(lambda: self._server.stop(timeout=0))
        self._thread.join(PATIENCE_SECONDS)

    def call(self, function: Callable[[], object]) -> None:
        """Run `function` in the server's own thread and wait for it: gevent's objects belong to their hub."""
        done = threading.Event()

        def run() -> None:
            try:
                function()
            finally:
                done.set()

        self._hub.loop.run_callback_threadsafe(gevent.spawn, run)
        done.wait(PATIENCE_SECONDS)

    def catch_up(self) -> None:
        """Wait until all that was sent to it by now has been taken up."""
        for _ in range(TURNS_TO_CATCH_UP):  # accepted, read, answered
            self.call(gevent.idle)

    def _serve(self, listener: int, tls: dict[str, Any]) -> None:
        self._hub = gevent.get_hub()
        self._server = WSGIServer(
            GeventSocket(fileno=listener),
            self._application,
            spawn=Pool(),  # so that stopping also ends connections that are kept alive
            handler_class=Handler,
            log=None,
            **tls,
        )
        self._server.start()
        self._is_ready.set()
        self._server.serve_forever()
        self._hub.destroy(destroy_loop=True)


def _tls(certificate: Certificate | None) -> dict[str, Any]:
    if certificate is None:
        return {}
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return {"ssl_context": context}
