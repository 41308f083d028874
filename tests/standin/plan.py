"""How one answer is going to go: what is said, how fast, and what goes wrong on the way."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tests.standin import details, probabilities, tool_calls
from tests.standin.prose import tokens
from tests.standin.refusal import Refused
from tests.standin.tool_calls import Calls, Search
from tests.standin.wire import COMMENT, DONE, PADDING, SIGNATURE, Json, Tools, Usage, Wire, compact, event, image_part

FOREVER_SECONDS = 86400.0
MOST_MOMENTS = 100_000


@dataclass(frozen=True)
class Wait:
    """Let time pass, counted from when the last wait was due, so that a stream does not drift."""

    seconds: float


@dataclass(frozen=True)
class HangUp:
    """Close the connection here, whatever is unfinished."""

    reset: bool = False


@dataclass(frozen=True)
class End:
    """Nothing more is said; the response ends as it should."""


Moment = bytes | Wait | HangUp | End
Script = Callable[[Wire, Usage], Iterable[Moment]]
Packets = Callable[[Iterable[Moment]], Iterator[Moment]]


@dataclass
class Plan:
    """What is said: `pieces` at `rate` a second; `interlude` plays after `interlude_after` of them (or half).

    `usage_shape` is now, empty, null or none. An empty `finish` leaves the finish chunk out.
    """

    pieces: list[str]
    rate: float
    first_token_seconds: float = 0.0
    comment_seconds: float = 1.0
    header_seconds: float = 0.0
    reasoning: list[str] = field(default_factory=list)
    details: list[Json] = field(default_factory=list)  # `reasoning_details` as they are streamed, one a chunk
    images: list[str] = field(default_factory=list)
    image_size: tuple[int, int] = (96, 64)  # of those that are drawn
    images_come: str = "delta"  # or "whole": in a whole message at the end; "content": as parts of the content
    citations: list[Json] = field(default_factory=list)
    read_files: list[Json] = field(default_factory=list)  # annotations of what OpenRouter has read
    repeats_files: bool = False  # in the last chunk, too
    file_cost: float = 0.0
    top_logprobs: int | None = None  # None: the request asks for no probabilities
    finish: str = "stop"
    finishes: int = 1
    usage_shape: str = "now"
    tools: Tools | None = None
    calls: Calls | None = None  # of tools of the caller
    call_deltas: list[Json] = field(default_factory=list)
    search: Search | None = None
    is_byok: bool = False
    sends_done: bool = True
    is_stamped: bool = False
    is_default: bool = True
    interlude: Script | None = None
    interlude_after: int | None = None
    after_finish: Script | None = None
    packets: list[Packets] = field(default_factory=list)
    refusal: Refused | None = None
    refusal_in_200: bool = False
    drops: bool = False

    def say(self, text: str) -> None:
        self.set_pieces(tokens(text))

    def suggest(self, text: str) -> None:
        """Say this unless another mark has said something."""
        if self.is_default:
            self.say(text)

    def set_pieces(self, pieces: list[str]) -> None:
        self.pieces, self.is_default = pieces, False

    def continue_after(self, prefill: str) -> None:
        """Leave out what the conversation's unfinished answer already holds."""
        text = "".join(self.pieces)
        if prefill and text.startswith(prefill):
            self.pieces = tokens(text[len(prefill) :])

    def stop_at(self, max_tokens: int | None) -> None:
        if max_tokens is not None and len(self.pieces) > max_tokens:
            self.pieces, self.finish = self.pieces[:max_tokens], "length"

    # --- as a stream ------------------------------------------------------------------------------

    def stream(self, wire: Wire, usage: Usage) -> Iterator[Moment]:
        yield from self.before_headers()
        moments: Iterable[Moment] = until_end(self._moments(wire, usage))
        for packets in self.packets:
            moments = packets(moments)
        yield from moments

    def before_headers(self) -> Iterator[Moment]:
        """Headers go out with the first byte, so this is the time before them."""
        if self.drops:
            yield HangUp()
        yield Wait(self.header_seconds)

    def _moments(self, wire: Wire, usage: Usage) -> Iterator[Moment]:
        yield COMMENT
        yield from self._waiting(COMMENT)
        if self.read_files:
            yield wire.citations(self.read_files)
        yield from self._thinking(wire)
        for delta in self.search.deltas() if self.search else ():
            yield Wait(1 / self.rate)
            yield wire.chunk(delta)
        yield from self._talking(wire, usage)
        yield from self._images(wire)
        for delta in self.call_deltas:
            yield Wait(1 / self.rate)
            yield wire.chunk(delta)
        if annotations := [*self.citations, *self.read_files * self.repeats_files]:
            yield wire.citations(annotations)
        for _ in range(self.finishes if self.finish else 0):
            yield wire.finish(self.finish)
        yield from self.after_finish(wire, usage) if self.after_finish else ()
        if self.usage_shape != "none":
            yield wire.usage(usage, self.finish, self.usage_shape)
        if self.sends_done:
            yield DONE

    def _images(self, wire: Wire) -> Iterator[Moment]:
        parts = [image_part(url, index) for index, url in enumerate(self.images)]
        if self.images_come == "whole" and parts:
            message = {"role": "assistant", "content": "".join(self.pieces), "images": parts}
            yield event(wire.frame([{"index": 0, "message": message, "finish_reason": None}]))
        elif self.images_come == "content":
            yield from (wire.chunk({"content": [part]}) for part in parts)
        else:
            yield from (wire.image(url, index) for index, url in enumerate(self.images))

    def _waiting(self, keep_alive: bytes) -> Iterator[Moment]:
        left = self.first_token_seconds
        while left > 0:
            pause = min(left, self.comment_seconds)
            yield Wait(pause)
            left -= pause
            if left > 0:
                yield keep_alive

    def _thinking(self, wire: Wire) -> Iterator[Moment]:
        for piece in self.reasoning:
            yield Wait(1 / self.rate)
            yield wire.reasoning(piece)
        if self.reasoning:
            yield wire.signature(SIGNATURE)
        for detail in self.details:
            yield Wait(1 / self.rate)
            yield wire.detail(detail)

    def _talking(self, wire: Wire, usage: Usage) -> Iterator[Moment]:
        pause = Wait(1 / self.rate)
        middle = len(self.pieces) // 2 if self.interlude_after is None else self.interlude_after
        for index, piece in enumerate(self.pieces):
            if index == middle and self.interlude:
                yield from self.interlude(wire, usage)
            yield pause
            yield self._text(wire, f"{piece.rstrip()}@{time.time():.6f} " if self.is_stamped else piece)
        if middle >= len(self.pieces) and self.interlude:
            yield from self.interlude(wire, usage)

    def _text(self, wire: Wire, piece: str) -> bytes:
        if self.top_logprobs is None:
            return wire.text(piece)
        return wire.chunk({"content": piece}, logprobs=probabilities.of(piece, self.top_logprobs))

    # --- as a whole -------------------------------------------------------------------------------

    def whole(self, wire: Wire, usage: Usage) -> Iterator[Moment]:
        """The same answer for a request without `stream`: padding while it is made, then one JSON object.

        Of an interlude only its silences and hang-ups are left, after half of the body.
        """
        yield from self.before_headers()
        yield from self._waiting(PADDING)
        yield Wait((len(self.reasoning) + len(self.pieces)) / self.rate)
        shown = None if self.usage_shape == "none" else usage
        body = compact(wire.completion(self.message(), self.finish, shown)).encode()
        yield body[: len(body) // 2]
        yield from (moment for moment in self._interludes(wire, usage) if not isinstance(moment, bytes | End))
        yield body[len(body) // 2 :]

    def message(self) -> Json:
        message: dict[str, Any] = {"content": "".join(self.pieces)}
        if self.reasoning:
            message["reasoning"] = "".join(self.reasoning)
            detail = {
                "type": "reasoning.text",
                "text": message["reasoning"],
                "format": "standin-v1",
                "index": 0,
                "signature": SIGNATURE,
            }
            message["reasoning_details"] = [detail]
        if self.details:
            message["reasoning_details"] = details.whole(self.details)
        if self.images:
            parts = enumerate(self.images)
            message["images"] = [
                {"type": "image_url", "image_url": {"url": url}, "index": index} for index, url in parts
            ]
        if self.citations or self.read_files:
            message["annotations"] = [*self.read_files, *self.citations]
        if self.call_deltas:
            message["tool_calls"] = tool_calls.whole(self.call_deltas)
        return message

    def _interludes(self, wire: Wire, usage: Usage) -> Iterator[Moment]:
        return iter(self.interlude(wire, usage) if self.interlude else ())


def until_end(moments: Iterable[Moment]) -> Iterator[Moment]:
    for moment in moments:
        if isinstance(moment, End):
            return
        yield moment


# --- what the network does to it ------------------------------------------------------------------


def with_crlf(moments: Iterable[Moment]) -> Iterator[Moment]:
    for moment in moments:
        yield moment.replace(b"\n", b"\r\n") if isinstance(moment, bytes) else moment


def in_one_packet(moments: Iterable[Moment]) -> Iterator[Moment]:
    """Everything at once; the waits are waited first."""
    held = list(islice(moments, MOST_MOMENTS))  # a stalled answer would never end
    yield from (moment for moment in held if isinstance(moment, Wait))
    yield b"".join(moment for moment in held if isinstance(moment, bytes))
    yield from (moment for moment in held if isinstance(moment, HangUp))


def in_packets_of(size: int) -> Packets:
    def packets(moments: Iterable[Moment]) -> Iterator[Moment]:
        for moment in moments:
            if isinstance(moment, bytes):
                yield from (moment[start : start + size] for start in range(0, len(moment), size))
            else:
                yield moment

    return packets
