"""A connection that sends without a pause leaves others their turn (webapp/worker.py). Nobody is signed in here."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psutil
import pytest
import requests

from tests.site import Site

PATIENCE_SECONDS = 60.0
ANSWERS = 10
CPU_SECONDS = 2.0  # it was 10; now it is 0.1
ENDLESS = {
    "a long body": ("Content-Length: 100000000000", b"a" * 100_000),
    "small chunks": ("Transfer-Encoding: chunked", b"1\r\na\r\n" * 10_000),
    "large chunks": ("Transfer-Encoding: chunked", b"100000\r\n" + b"a" * 0x100000 + b"\r\n"),
}


@contextmanager
def pouring(connection: socket.socket, piece: bytes) -> Iterator[None]:
    """Somebody sends without a pause, until the end of the block or until the site hangs up."""
    is_enough = threading.Event()

    def pours() -> None:
        with suppress(OSError):
            while not is_enough.is_set():
                connection.sendall(piece)

    thread = threading.Thread(target=pours)
    thread.start()
    try:
        yield
    finally:
        is_enough.set()
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        thread.join()


def others_are_served(site: Site) -> bool:
    """They had to wait until nothing more came, which here it never does."""
    return all(requests.get(f"{site.url}/healthz", timeout=PATIENCE_SECONDS).ok for _ in range(ANSWERS))


@pytest.mark.parametrize("path", ["/nowhere/", "/signin/", "/static/x", "/healthz"])
@pytest.mark.parametrize("kind", ENDLESS)
def test_an_endless_body_leaves_others_their_turn(site, kind, path):
    header, piece = ENDLESS[kind]
    head = f"POST {path} HTTP/1.1\r\nHost: localhost:{site.port}\r\n{header}\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_SECONDS)) as connection:
        connection.sendall(head.encode())
        with pouring(connection, piece):
            assert others_are_served(site)


@pytest.mark.parametrize("path", ["/healthz", "/", "/static/x"])
def test_thousands_of_pipelined_requests_leave_others_their_turn(site, path):
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{site.port}\r\n\r\n".encode()
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_SECONDS)) as connection:
        reading = threading.Thread(target=reads_all, args=[connection])
        reading.start()
        with pouring(connection, request * 200):
            assert others_are_served(site)
        reading.join()


def reads_all(connection: socket.socket) -> None:
    try:
        while connection.recv(1_000_000):
            pass
    except OSError:
        return


def test_a_connection_can_be_used_after_an_unread_body(site):
    body = "x" * 5_000
    posted = f"POST /nowhere/ HTTP/1.1\r\nHost: localhost:{site.port}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    asked = f"GET /healthz HTTP/1.1\r\nHost: localhost:{site.port}\r\nConnection: close\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_SECONDS)) as connection:
        connection.sendall((posted + asked).encode())
        answers = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answers.startswith(b"HTTP/1.1 404")
    assert b"HTTP/1.1 200" in answers


def test_cookies_with_many_escapes_take_little_time(site):
    """Python reads them in quadratic time before 3.11.10: a minute for what headers hold."""
    line = 'Cookie: a="' + "\\1" * 4_000 + '"\r\n'
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_SECONDS)) as connection:
        before = cpu_seconds(site)
        connection.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{site.port}\r\n{line * 30}\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200")

    assert cpu_seconds(site) - before < CPU_SECONDS


def cpu_seconds(site: Site) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in psutil.Process(site.pid).children())
