"""Passes bytes on between browser and site, and can close, silence or refuse their connections."""

import contextlib
import socket
import threading
import time
from typing import Self

CONNECTION_MESSAGES = "net::ERR_|Failed to fetch|htmx:(sse:)?error"  # what Chromium logs when a connection breaks

Pair = tuple[socket.socket, socket.socket]


class Relay:
    """`with Relay(port) as relay:` passes everything on from `relay.url` to that port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[Pair] = []
        self._silent: set[Pair] = set()
        self.is_up = True
        self.instead: list[bytes] = []  # what a proxy says whose site is away, to one connection after the other
        self.answered_instead: list[float] = []  # when, time.monotonic()
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        self.disconnect()

    def disconnect(self) -> None:
        """End all connections; new ones are made at once unless `is_up` is false."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _end(pair)

    def fall_silent(self) -> None:
        """Pass nothing more on, and end nothing either: what a sleeping laptop finds. New connections are good."""
        self._silent.update(self._pairs)

    def _answer_instead(self, browser: socket.socket) -> None:
        content = self.instead.pop(0) if len(self.instead) > 1 else self.instead[0]
        self.answered_instead.append(time.monotonic())
        with browser, contextlib.suppress(OSError):
            browser.recv(65536)
            browser.sendall(content)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener was closed
            while True:
                browser, _ = self._listener.accept()
                if not self.is_up:
                    browser.close()
                    continue
                if self.instead:
                    self._answer_instead(browser)
                    continue
                site = socket.create_connection(("127.0.0.1", self._port))
                self._pairs.append(pair := (browser, site))
                for direction in (pair, pair[::-1]):
                    threading.Thread(target=self._pass_on, args=[pair, *direction], daemon=True).start()

    def _pass_on(self, pair: Pair, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                if pair not in self._silent:
                    target.sendall(content)
        _end((source, target))


def _end(pair: Pair) -> None:
    for end in pair:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
