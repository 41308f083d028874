"""A server on a real socket that says exactly what a test tells it to, or stays silent, or hangs up."""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NoReturn

STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
STREAM_END = b"0\r\n\r\n"
PATIENCE_SECONDS = 60.0  # of a machine that has other things to do as well


class _HangUp(Exception):
    pass


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Visit:
    """One request, as the server sees it."""

    socket: socket.socket
    request: Request
    connection_number: int
    hung_up: threading.Event = field(default_factory=threading.Event)

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)

    def chunk(self, *pieces: bytes) -> None:
        """Send each piece as one chunk of a chunked body."""
        for piece in pieces:
            self.send(chunked(piece))

    def close(self) -> NoReturn:
        raise _HangUp

    def reset(self) -> NoReturn:
        """Break the connection off with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise _HangUp

    def wait_for_hang_up(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Say nothing until the client leaves."""
        self.socket.settimeout(seconds)
        with suppress(ConnectionError, ssl.SSLError):
            self.socket.recv(1)
        self.hung_up.set()


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


Script = Callable[[Visit], object]


@dataclass
class ScriptedServer:
    url: str
    script: Script = lambda visit: None
    visits: list[Visit] = field(default_factory=list)
    connections: int = 0
    seconds_per_megabyte: float = 0  # how slowly it reads

    def answers(self, status: int, body: object, **headers: str) -> None:
        """Give every request this answer; a body that is no bytes becomes JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.script = lambda visit: visit.send("\r\n".join([*lines, "", ""]).encode() + content)

    def streams(self, *pieces: bytes) -> None:
        """Answer every request with a stream of these pieces, each a chunk, and its proper end."""

        def script(visit: Visit) -> None:
            visit.send(STREAM_HEAD)
            visit.chunk(*pieces)
            visit.send(STREAM_END)

        self.script = script

    @property
    def last_request(self) -> Request:
        return self.visits[-1].request

    def wait_for_visit(self) -> Visit:
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.visits:
            assert time.monotonic() < until, "nobody came"
            time.sleep(0.002)
        return self.visits[-1]


@contextmanager
def scripted_server(context: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # a slow reader is felt
        scheme = "https" if context else "http"
        server = ScriptedServer(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_accept, args=(listener, server, context), daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _accept(listener: socket.socket, server: ScriptedServer, context: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            server.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            arguments = (connection, server, context, server.connections)
            threading.Thread(target=_serve, args=arguments, daemon=True).start()


def _serve(connection: socket.socket, server: ScriptedServer, context: ssl.SSLContext | None, number: int) -> None:
    with suppress(_HangUp, ConnectionError, ssl.SSLError, ValueError), connection:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as incoming:
            while True:
                request = _read_request(incoming, server.seconds_per_megabyte)
                visit = Visit(connection, request, number)
                server.visits.append(visit)
                server.script(visit)


def _read_request(incoming, seconds_per_megabyte: float) -> Request:
    """Raises ValueError when nothing more comes, _HangUp when it ends in the middle."""
    method, path, _ = incoming.readline().decode().split()
    lines = iter(lambda: incoming.readline().decode("latin-1").strip(), "")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body, length = b"", int(headers.get("content-length", 0))
    while len(body) < length:
        piece = incoming.read(min(length - len(body), 100_000))
        if not piece:
            raise _HangUp
        body += piece
        time.sleep(seconds_per_megabyte / 10)
    return Request(method, path, headers, body)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds; on a busy machine other threads take their time."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)
