"""A bare upstream for load: OpenRouter's wire format and nothing else, cheap enough to feed a thousand streams.

The stand-in costs more per token than what is measured. Here one clock writes to all streams at once. Every token is
`<number>@<time of sending> `, every fortieth ends a paragraph; a comment comes first, usage and [DONE] last.

    python -m tests.bench.upstream --port 9500 --tokens 300 --rate 40
"""

import argparse
import asyncio
import json
import time

PARAGRAPH = 40  # tokens
TICK_SECONDS = 0.005
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


class Upstream(asyncio.Protocol):
    """One connection. Requests are told apart by their first line; bodies are skipped by Content-Length."""

    streams: set["Upstream"] = set()
    tokens, rate = 300, 40.0
    requests = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def connection_lost(self, exc: Exception | None) -> None:
        self.streams.discard(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _content_length(head):
            return
        self._received = b""
        if b"/chat/completions" in head.split(b"\r\n", 1)[0]:
            self._begin()
        else:
            answer = json.dumps(MODELS).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))

    def _begin(self) -> None:
        Upstream.requests += 1
        self._id = f"gen-{int(time.time())}-{Upstream.requests:020d}"
        self._sent, self._began = 0, time.monotonic() + 0.2
        self._transport.write(HEAD + _chunk(b": OPENROUTER PROCESSING\n\n"))
        self.streams.add(self)

    def tick(self, now: float) -> None:
        due = min(self.tokens, int((now - self._began) * self.rate))
        while self._sent < due:
            self._sent += 1
            end = "\n\n" if self._sent % PARAGRAPH == 0 else " "
            self._event({"content": f"{self._sent}@{time.time():.6f}{end}"})
        if self._sent == self.tokens:
            self.streams.discard(self)
            usage = {"prompt_tokens": 10, "completion_tokens": self.tokens, "cost": 0.001}
            self._event({"content": ""}, finish_reason="stop", usage=usage)
            self._transport.write(_chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")

    def _event(self, delta: dict[str, str], finish_reason: str | None = None, **more: object) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish_reason}
        event = {"id": self._id, "object": "chat.completion.chunk", "model": "openrouter/auto", "choices": [choice]}
        self._transport.write(_chunk(b"data: " + json.dumps(event | more).encode() + b"\n\n"))


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    return 0


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", port, backlog=2000)
    async with server:
        while True:
            now = time.monotonic()
            for stream in list(Upstream.streams):
                stream.tick(now)
            await asyncio.sleep(TICK_SECONDS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9500)
    parser.add_argument("--tokens", type=int, default=Upstream.tokens)
    parser.add_argument("--rate", type=float, default=Upstream.rate)
    given = parser.parse_args()
    Upstream.tokens, Upstream.rate = given.tokens, given.rate
    asyncio.run(serve(given.port))
