"""Who does not read a stream holds little, and not for long. Real sockets; gunicorn has its turn in tests/browser/."""

import contextlib
import socket
import threading
import time
from collections.abc import Generator, Iterator

import pytest

from chat.background import Ticker
from chat.streaming import client_connection
from chat.streaming.client_connection import ClientConnection

LONG = bytes(16_000_000)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The site's and the browser's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        browser = socket.create_connection(listener.getsockname())
        site, _ = listener.accept()
        with site, browser:
            yield site, browser


@pytest.fixture(autouse=True)
def _quick_patrol(monkeypatch):
    watchdog = Ticker("sleeping-readers", client_connection._close_stalled, lambda: 0.05)
    monkeypatch.setattr(client_connection, "_watchdog", watchdog)


class Serving(threading.Thread):
    """Sends one long part, as gunicorn does, until it is through or cannot."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(daemon=True)
        self.connection, self.is_closed = connection, False
        self.failure: OSError | None = None

    def _content(self) -> Generator[bytes]:
        try:
            yield LONG
        finally:
            self.is_closed = True

    def run(self) -> None:
        pieces = ClientConnection(self.connection, "alice").stream(self._content())
        try:
            for piece in pieces:
                self.connection.sendall(piece)
        except OSError as failure:
            self.failure = failure
        finally:
            pieces.close()


def test_a_reader_that_sleeps_is_hung_up_on(ends):
    site, browser = ends
    serving = Serving(site)
    serving.start()
    serving.join(20)

    assert isinstance(serving.failure, BrokenPipeError | ConnectionResetError)  # which gunicorn takes for a hang-up
    assert serving.is_closed
    site.close()
    assert _read_all(browser) < len(LONG)  # what it had not taken is thrown away


def test_one_that_sleeps_makes_way_at_once_where_its_person_has_too_many(ends, monkeypatch):
    monkeypatch.setattr(client_connection, "STALLED_AFTER_CHECKS", 1_000_000)
    monkeypatch.setattr(client_connection, "MAX_STREAMS", 1)
    site, browser = ends
    serving = Serving(site)
    serving.start()
    browser.recv(1)
    for person in ("bob", "alice"):
        assert serving.is_alive()
        next(ClientConnection(None, person).stream(_words()))
    serving.join(20)

    assert serving.is_closed


def _words() -> Generator[bytes]:
    yield b"Hello"


def test_one_that_reads_is_not_however_long_it_takes(ends, monkeypatch):
    monkeypatch.setattr(client_connection, "STALLED_AFTER_CHECKS", 40)
    site, browser = ends
    serving = Serving(site)
    serving.start()
    received = 0
    while received < len(LONG):
        received += len(browser.recv(65_536))
        time.sleep(0.01)  # all in all longer than one piece may take
    serving.join(20)

    assert serving.failure is None


def test_the_kernel_keeps_little_for_one_that_sleeps(ends):
    site, browser = ends
    site.setblocking(False)
    ClientConnection(site, "alice")
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            sent += site.send(LONG)
    browser.setblocking(False)
    arrived = len(browser.recv(1 << 24))

    assert sent - arrived <= 8 * client_connection.MAX_UNSENT_BYTES


def _read_all(browser: socket.socket) -> int:
    """How many bytes there were, up to the end or the reset."""
    received_bytes = 0
    with contextlib.suppress(ConnectionResetError):
        while received := browser.recv(1 << 20):
            received_bytes += len(received)
    return received_bytes
