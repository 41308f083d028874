"""The readers of a load test, in a process of their own: opens many streams and notes when each byte came.

While streams run it only receives and notes the time; what was in them is worked out afterwards (received.py). Reads a
JSON line on standard input: `{"streams": [{"port", "request", "at"}], "seconds": 60, "tokens": 300, "is_page": true}`,
that is what to send where, and how many seconds after the start; when to give up; how many tokens each stream should
bring; and whether they come as the site's events. Writes a JSON line, `Summary` in received.py.
"""

import gc
import json
import select
import socket
import sys
import time
from typing import Any

from tests.bench.received import Received, summary

TICK_SECONDS = 0.01
END = b"\r\n0\r\n\r\n"  # of a chunked answer


class Client:
    def __init__(self, streams: list[dict[str, Any]]) -> None:
        self._waiting = sorted(streams, key=lambda stream: stream["at"], reverse=True)
        self._epoll = select.epoll()
        self._open: dict[int, tuple[socket.socket, Received]] = {}
        self._view = memoryview(bytearray(1 << 18))
        self.streams: list[Received] = []
        self.late_seconds: list[float] = []  # of a clock that should tick every 10 ms
        self.cpu_seconds = 0.0

    def run(self, seconds: float) -> None:
        began, cpu = time.monotonic(), time.process_time()
        tick_at = began
        while (self._waiting or self._open) and (now := time.monotonic()) < began + seconds:
            if now >= tick_at:
                self.late_seconds.append(now - tick_at)
                tick_at = now + TICK_SECONDS
            while self._waiting and self._waiting[-1]["at"] <= now - began:
                self._begin(self._waiting.pop())
            for number, event in self._epoll.poll(max(0.0, tick_at - time.monotonic())):
                self._on(number, event)
        self.cpu_seconds = time.process_time() - cpu

    def _begin(self, stream: dict[str, Any]) -> None:
        sock = socket.socket()
        sock.setblocking(False)
        received = Received(stream["request"].encode(), began=time.time())
        self.streams.append(received)
        self._open[sock.fileno()] = sock, received
        sock.connect_ex(("127.0.0.1", stream["port"]))
        self._epoll.register(sock, select.EPOLLOUT)

    def _on(self, number: int, event: int) -> None:
        sock, received = self._open[number]
        if received.request:
            self._send(sock, received)
            return
        try:
            count = sock.recv_into(self._view)
        except OSError:
            count = 0
        data = bytes(self._view[:count])
        received.take(time.time(), data)
        if not count or data.endswith(END) or (count < len(END) and received.last_bytes(len(END)) == END):
            self._close(number)

    def _send(self, sock: socket.socket, received: Received) -> None:
        try:
            received.request = received.request[sock.send(received.request) :]
        except OSError:
            self._close(sock.fileno())
        else:
            if not received.request:
                self._epoll.modify(sock, select.EPOLLIN)

    def _close(self, number: int) -> None:
        sock, _ = self._open.pop(number)
        self._epoll.unregister(number)
        sock.close()


def main() -> None:
    order = json.loads(sys.stdin.readline())
    gc.disable()  # a collection would make all readers late at once
    client = Client(order["streams"])
    client.run(order["seconds"])
    result = summary(client.streams, tokens=order["tokens"], is_page=order["is_page"])
    late = sorted(client.late_seconds)
    client_facts = {"client_cpu_seconds": client.cpu_seconds, "client_late_p99_ms": late[int(len(late) * 0.99)] * 1000}
    print(json.dumps(result | client_facts))


if __name__ == "__main__":
    main()
