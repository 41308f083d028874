"""What one reader received and when, and what was in it: which tokens, how late, and how often."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from tests.bench.text import STAMP, lag_ms

FINISHED = re.compile(rb'<hx-partial hx-target="#done-[^"]*" hx-swap="beforeend">(.*?)</hx-partial>', re.DOTALL)
EVENT_ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
END = re.compile(rb"^(?:event: done\ndata: complete|data: \[DONE\])$", re.MULTILINE)


@dataclass
class Received:
    request: bytes  # what of it has still to be sent
    began: float  # time.time()
    times: list[float] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)

    def take(self, now: float, data: bytes) -> None:
        self.times.append(now)
        self.pieces.append(data)

    def last_bytes(self, count: int) -> bytes:
        return b"".join(self.pieces[-count:])[-count:]


@dataclass
class Stream:
    """One answer, looked through after its end."""

    first_seconds: float  # from connecting to the first token
    first_at: float
    last_at: float
    lags: list[tuple[float, float]]  # (when it came, milliseconds late) of each token's first appearance
    lost: int
    repeated: int
    is_whole: bool
    is_cut: bool  # it never ended, or without saying so: what is missing from it is no token lost on the way
    received_bytes: int


def looked_through(received: Received, *, tokens: int, is_page: bool) -> Stream:
    body, time_at = _unchunked(received)
    seen: dict[int, tuple[float, float]] = {}
    copies = 0
    for found in STAMP.finditer(body):
        copies += 1
        if (number := int(found[1])) not in seen:
            now = time_at(found.end() - 1)
            seen[number] = now, lag_ms(found[2], now)
    kept = _finished(body) if is_page else Counter(seen.keys())
    has_ended = bool(END.search(body))
    return Stream(
        first_seconds=min(seen.values())[0] - received.began if seen else float("nan"),
        first_at=min(seen.values())[0] if seen else float("inf"),
        last_at=received.times[-1] if received.times else received.began,
        lags=list(seen.values()),
        lost=sum(number not in kept for number in range(1, tokens + 1)) if has_ended else 0,
        repeated=_repeated(body, kept) if is_page else copies - len(seen),
        is_whole=has_ended and len(kept) == len(seen) == tokens,
        is_cut=not has_ended,
        received_bytes=sum(map(len, received.pieces)),
    )


def _finished(body: bytes) -> "Counter[int]":
    """The numbers in finished blocks: what the page holds in the end. The open block was only ever a preview."""
    html = b"".join(FINISHED.findall(body.replace(b"\ndata: ", b"\n")))
    return Counter(int(number) for number, _ in STAMP.findall(html))


def _repeated(body: bytes, kept: "Counter[int]") -> int:
    ids = [int(number) for number in EVENT_ID.findall(body)]
    steps_back = sum(later < earlier for earlier, later in pairwise(ids))
    return kept.total() - len(kept) + steps_back


def _unchunked(received: Received) -> tuple[bytes, Callable[[int], float]]:
    """The body without its chunked framing, and a function that tells when the byte at a place in it came."""
    raw = b"".join(received.pieces)
    arrived_up_to, total = [], 0
    for piece in received.pieces:
        total += len(piece)
        arrived_up_to.append(total)
    at = raw.find(b"\r\n\r\n") + 4
    parts, body_starts, raw_starts, length = [], [], [], 0
    while (line_end := raw.find(b"\r\n", at)) > 0 and (size := int(raw[at:line_end] or b"0", 16)):
        body_starts.append(length)
        raw_starts.append(line_end + 2)
        parts.append(raw[line_end + 2 : line_end + 2 + size])
        length += size
        at = line_end + 2 + size + 2

    def time_at(place: int) -> float:
        chunk = bisect_right(body_starts, place) - 1
        raw_place = raw_starts[chunk] + place - body_starts[chunk]
        return received.times[bisect_left(arrived_up_to, raw_place + 1)]

    return b"".join(parts), time_at


def summary(all_received: list[Received], *, tokens: int, is_page: bool) -> dict[str, float]:
    streams = [looked_through(received, tokens=tokens, is_page=is_page) for received in all_received]
    lags = sorted(lag for stream in streams for _, lag in stream.lags)
    firsts = sorted(stream.first_seconds * 1000 for stream in streams if stream.lags)
    all_begun, first_over = max(stream.first_at for stream in streams), min(stream.last_at for stream in streams)
    began = min(received.began for received in all_received)
    return {
        "whole": sum(stream.is_whole for stream in streams),
        "cut": sum(stream.is_cut for stream in streams),
        "lost": sum(stream.lost for stream in streams),
        "repeated": sum(stream.repeated for stream in streams),
        "tokens": len(lags),
        "bytes": sum(stream.received_bytes for stream in streams),
        "lag_p50_ms": percentile(lags, 50),
        "lag_p99_ms": percentile(lags, 99),
        "first_p50_ms": percentile(firsts, 50),
        "first_p99_ms": percentile(firsts, 99),
        "seconds": max(stream.last_at for stream in streams) - began,
        "steady_from": all_begun,
        "steady_to": first_over,
        "steady_tokens": sum(all_begun < at <= first_over for stream in streams for at, _ in stream.lags),
    }


def percentile(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else float("nan")
