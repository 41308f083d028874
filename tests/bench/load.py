"""The readers of a load test, in a process of their own: opens many streams and notes when each token arrived.

Reads a JSON line on standard input, `{"streams": [{"host", "port", "request", "at"}], "seconds": 60}`: what to send
where, and how many seconds after the start. Writes a JSON line: for each stream its tokens' lags in milliseconds, the
wait for the first one, how many bytes came, and whether any token was lost or out of order.
"""

import asyncio
import json
import re
import sys
import time
from typing import Any

STAMP = re.compile(rb"(\d+)@(\d+\.\d{6})")
END = re.compile(rb"event: done|data: \[DONE\]")


class Reader(asyncio.Protocol):
    def __init__(self, request: bytes, ended: "asyncio.Future[None]") -> None:
        self._request, self._ended = request, ended
        self._last, self._rest = 0, b""
        self.lags_ms: list[float] = []
        self.first_ms = 0.0
        self.received_bytes = self.faults = 0
        self.is_whole = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._began = time.time()
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self.received_bytes += len(data)
        data = self._rest + data
        for found in STAMP.finditer(data):
            number = int(found[1])
            if number <= self._last:
                continue  # the open block is sent again in each frame
            self.faults += number != self._last + 1
            self._last = number
            self.lags_ms.append((now - float(found[2])) * 1000)
            self.first_ms = self.first_ms or (now - self._began) * 1000
        if END.search(data):
            self.is_whole = True
            self._transport.close()
        self._rest = data[-64:]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(None)


async def read(stream: dict[str, Any], began: float) -> Reader:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(0.0, began + stream["at"] - time.monotonic()))
    ended = loop.create_future()
    _, reader = await loop.create_connection(
        lambda: Reader(stream["request"].encode(), ended), stream["host"], stream["port"]
    )
    await ended
    return reader


async def main() -> None:
    order = json.loads(sys.stdin.readline())
    began = time.monotonic()
    tasks = [asyncio.create_task(read(stream, began)) for stream in order["streams"]]
    done, late = await asyncio.wait(tasks, timeout=order["seconds"])
    for task in late:
        task.cancel()
    readers = [task.result() for task in done if not task.exception()]
    print(
        json.dumps(
            [
                {
                    "lags_ms": reader.lags_ms,
                    "first_ms": reader.first_ms,
                    "bytes": reader.received_bytes,
                    "faults": reader.faults,
                    "is_whole": reader.is_whole,
                }
                for reader in readers
            ]
        )
    )


if __name__ == "__main__":
    asyncio.run(main())
