"""A bare upstream for load: OpenRouter's wire format and nothing else, cheap enough to feed a thousand streams.

The stand-in costs more per token than what is measured. Here one epoll loop writes to all streams, each token when it
is due and in a chunk of its own. `[[n=5 rate=40 first=0]]` in a question asks for other than the usual tokens, tokens
a second and seconds before the first. `GET /report` tells what it cost and how late it was, and begins to count anew.

    python -m tests.bench.upstream --port 9500 --tokens 300 --rate 40
"""

import argparse
import gc
import heapq
import json
import re
import select
import socket
import time
from array import array
from typing import Any

from tests.bench.text import TEXTS, stamp, tokens_of

MODELS = {
    "data": [
        {
            "id": "openrouter/auto",
            "name": "Auto Router",
            "pricing": {"prompt": "-1", "completion": "-1"},
            "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
        }
    ]
}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
FIRST_SECONDS = 0.2
WISH = re.compile(rb"(n|rate|first)=([\d.]+)(?=[^\[]*\]\])")
BACKLOG = 4096


class Connection:
    """Requests one after the other. They are told apart by their first line."""

    def __init__(self, sock: socket.socket, server: "Server") -> None:
        self._socket, self._server = sock, server
        self._received = self._unsent = b""
        self.is_open = True

    def on(self, event: int) -> None:
        if event & select.EPOLLOUT:
            self.send(b"")
        if event & ~select.EPOLLOUT:
            self._read()

    def _read(self) -> None:
        try:
            data = self._socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            return self._close()
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if end and len(body) >= _content_length(head):
            self._received = b""
            self._answer(head.partition(b"\r\n")[0], body)

    def _answer(self, line: bytes, body: bytes) -> None:
        if b"/chat/completions" in line:
            self._server.begin(Stream(self, self._server, body))
        else:
            answer = json.dumps(self._server.report() if b"/report" in line else MODELS).encode()
            self.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))

    def send(self, data: bytes) -> None:
        self._unsent += data
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            return self._close()
        was_behind, self._unsent = len(self._unsent) > len(data), self._unsent[sent:]
        if was_behind or self._unsent:
            self._server.watch(self._socket, writing=bool(self._unsent))

    def _close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._server.forget(self._socket)
            self._socket.close()


class Stream:
    def __init__(self, connection: Connection, server: "Server", body: bytes) -> None:
        wishes = {name: float(value) for name, value in WISH.findall(body)}
        self.connection = connection
        self._tokens = int(wishes.get(b"n", server.tokens))
        self._seconds_between = 1 / wishes.get(b"rate", server.rate)
        self._texts = server.texts
        self._sent = 0
        self.due = time.monotonic() + wishes.get(b"first", FIRST_SECONDS)
        server.requests += 1
        frame = self._frame(f"gen-{int(time.time())}-{server.requests:020d}", "~", None)
        self._before, self._after = frame.split(b"~")
        usage = {"prompt_tokens": 10, "completion_tokens": self._tokens, "total_tokens": self._tokens, "cost": 0.001}
        self._end = _chunk(self._frame("gen", "", "stop")) + _chunk(self._frame("gen", "", None, usage=usage))
        self._end += _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"
        connection.send(HEAD + _chunk(b": OPENROUTER PROCESSING\n\n"))

    @staticmethod
    def _frame(generation: str, content: str, finish_reason: str | None, **more: Any) -> bytes:
        choice = {
            "index": 0,
            "delta": {"content": content, "role": "assistant"},
            "finish_reason": finish_reason,
            "native_finish_reason": finish_reason,
        }
        frame = {
            "id": generation,
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": "openrouter/auto",
            "provider": "Bench",
            "choices": [choice],
        }
        return b"data: " + json.dumps(frame | more).encode() + b"\n\n"

    def send_due(self, now: float, late_seconds: "array[float]") -> bool:
        """Send every token that is due by now, in one write; False when it was the last."""
        chunks = []
        while self.due <= now and self._sent < self._tokens:
            late_seconds.append(now - self.due)
            self.due += self._seconds_between
            text = self._texts[self._sent % len(self._texts)]
            self._sent += 1
            chunks.append(_chunk(self._before + text + stamp(self._sent) + self._after))
        has_more = self._sent < self._tokens
        if not has_more:
            chunks.append(self._end)
        self.connection.send(b"".join(chunks))
        return has_more and self.connection.is_open


class Server:
    def __init__(self, port: int, *, tokens: int, rate: float, text: str) -> None:
        self.tokens, self.rate, self.texts = tokens, rate, tokens_of(text)
        self.requests = 0
        self._epoll = select.epoll()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self._listener.setblocking(False)
        self._epoll.register(self._listener, select.EPOLLIN)
        self._connections: dict[int, Connection] = {}
        self._due: list[tuple[float, int, Stream]] = []
        self._late_seconds = array("d")
        self._cpu_before = time.process_time()

    def serve(self) -> None:
        while True:
            wait = max(0.0, self._due[0][0] - time.monotonic()) if self._due else 1.0
            for number, event in self._epoll.poll(wait):
                if number == self._listener.fileno():
                    self._accept()
                elif connection := self._connections.get(number):
                    connection.on(event)
            self._send_due(time.monotonic())

    def begin(self, stream: Stream) -> None:
        heapq.heappush(self._due, (stream.due, id(stream), stream))

    def _send_due(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            stream = heapq.heappop(self._due)[2]
            if stream.connection.is_open and stream.send_due(time.monotonic(), self._late_seconds):
                self.begin(stream)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections[sock.fileno()] = Connection(sock, self)
            self._epoll.register(sock, select.EPOLLIN)

    def watch(self, sock: socket.socket, *, writing: bool) -> None:
        self._epoll.modify(sock, select.EPOLLIN | (select.EPOLLOUT if writing else 0))

    def forget(self, sock: socket.socket) -> None:
        self._epoll.unregister(sock)
        del self._connections[sock.fileno()]

    def report(self) -> dict[str, float]:
        """Since the last report: tokens, CPU seconds, and how late tokens left after they were due."""
        late, self._late_seconds = sorted(self._late_seconds), array("d")
        cpu, self._cpu_before = time.process_time() - self._cpu_before, time.process_time()
        worst = late[int(len(late) * 0.99)] if late else 0.0
        return {"tokens": len(late), "cpu_seconds": cpu, "late_p99_ms": worst * 1000}


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    return 0


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9500)
    parser.add_argument("--tokens", type=int, default=300)
    parser.add_argument("--rate", type=float, default=40.0)
    parser.add_argument("--text", choices=TEXTS, default="mixed")
    given = parser.parse_args()
    gc.disable()  # a collection would make all streams late at once
    server = Server(given.port, tokens=given.tokens, rate=given.rate, text=TEXTS[given.text])
    server.serve()
