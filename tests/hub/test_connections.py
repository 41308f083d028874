"""One connection that never pauses leaves others their turn (webapp/worker.py): this needs nobody's sign-in."""

import socket
import threading
import time
from contextlib import closing

import pytest
import requests

from tests.site import Site

SECONDS = 3.0
LONG_SECONDS = 1.5  # they waited for all of it; now it is 0.04 on a machine with nothing else to do
PATIENCE_SECONDS = 20.0
ENDLESS = {
    "a long body": ("Content-Length: 100000000000", b"a" * 100_000),
    "small chunks": ("Transfer-Encoding: chunked", b"1\r\na\r\n" * 10_000),
    "large chunks": ("Transfer-Encoding: chunked", b"100000\r\n" + b"a" * 0x100000 + b"\r\n"),
}


def pours(connection: socket.socket, piece: bytes) -> None:
    """Send without a pause, until the site hangs up or the time is over."""
    until = time.monotonic() + SECONDS
    try:
        while time.monotonic() < until:
            connection.sendall(piece)
    except OSError:
        return


def longest_wait_during(work: threading.Thread, site: Site) -> float:
    """Of somebody else for an answer, in seconds."""
    work.start()
    waits = [0.0]
    while work.is_alive() or len(waits) < 10:
        began = time.monotonic()
        assert requests.get(f"{site.url}/healthz", timeout=PATIENCE_SECONDS).ok
        waits.append(time.monotonic() - began)
    work.join()
    return max(waits)


@pytest.mark.parametrize("path", ["/nowhere/", "/signin/", "/static/x", "/healthz"])
@pytest.mark.parametrize("kind", ENDLESS)
def test_a_body_without_an_end_that_nobody_asked_for(site, kind, path):
    header, piece = ENDLESS[kind]
    head = f"POST {path} HTTP/1.1\r\nHost: localhost:{site.port}\r\n{header}\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=SECONDS)) as connection:
        connection.sendall(head.encode())
        assert longest_wait_during(threading.Thread(target=pours, args=[connection, piece]), site) < LONG_SECONDS


@pytest.mark.parametrize("path", ["/healthz", "/", "/static/x"])
def test_thousands_of_requests_that_wait_for_no_answer(site, path):
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{site.port}\r\n\r\n".encode()
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=SECONDS)) as connection:
        asking = threading.Thread(target=pours, args=[connection, request * 200])
        reading = threading.Thread(target=reads_all, args=[connection])
        reading.start()
        assert longest_wait_during(asking, site) < LONG_SECONDS
        connection.shutdown(socket.SHUT_RDWR)
        reading.join()


def reads_all(connection: socket.socket) -> None:
    try:
        while connection.recv(1_000_000):
            pass
    except OSError:
        return


def test_a_connection_serves_on_after_a_body_that_nobody_read(site):
    body = "x" * 5_000
    posted = f"POST /nowhere/ HTTP/1.1\r\nHost: localhost:{site.port}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    asked = f"GET /healthz HTTP/1.1\r\nHost: localhost:{site.port}\r\nConnection: close\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_SECONDS)) as connection:
        connection.sendall((posted + asked).encode())
        answers = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answers.startswith(b"HTTP/1.1 404")
    assert b"HTTP/1.1 200" in answers


def test_cookies_of_many_escapes(site):
    """Python reads them in quadratic time before 3.11.10: a minute for what headers hold."""
    line = 'Cookie: a="' + "\\1" * 4_000 + '"\r\n'
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE_SECONDS)) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{site.port}\r\n{line * 30}\r\n".encode())
        before = time.monotonic()
        assert connection.recv(100).startswith(b"HTTP/1.1 200")

    assert time.monotonic() - before < SECONDS  # it was 10 s
