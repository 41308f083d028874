"""One chat request, from the sending to the last event."""

import logging
from collections.abc import Callable, Iterator
from time import monotonic

import requests

from .cancellable_connection import Cancellation
from .diagnosis import diagnose_answer
from .errors import Interrupted, NoProgress, OpenRouterError
from .events import Event
from .sse import EventParser
from .stream import AnswerReader, merged
from .transport import read_some

logger = logging.getLogger(__name__)

LINGER_SECONDS = 0.5  # for [DONE] and the end, once everything is in: only then can the connection serve again


class Call:
    """Iterate it, once, for the events of the answer; nothing is sent before.

    Iterating raises a subclass of `OpenRouterError`, after all events that came before the failure. `cancel`
    may come from any thread or greenlet, at any time: the connection ends at once, and the iteration with it,
    without an error.
    """

    def __init__(
        self,
        send: Callable[[Cancellation], requests.Response],
        *,
        transport_idle_seconds: float,
        content_idle_seconds: float,
    ) -> None:
        self._send: Callable[[Cancellation], requests.Response] | None = send
        self._transport_idle_seconds = transport_idle_seconds
        self._content_idle_seconds = content_idle_seconds
        self._line = Cancellation()
        self._reader = AnswerReader()
        self._heard_at = monotonic()

    @property
    def silent_seconds(self) -> float:
        """How long OpenRouter has not sent a byte; its comments count."""
        return monotonic() - self._heard_at

    @property
    def generation_id(self) -> str | None:
        return self._reader.generation_id

    @property
    def is_cancelled(self) -> bool:
        return self._line.is_cut

    def cancel(self) -> None:
        self._line.cut()

    def __iter__(self) -> Iterator[Event]:
        for events in self.batches():
            yield from events

    def batches(self) -> Iterator[list[Event]]:
        """Yield what each read brings: never an empty list, and neighbouring pieces of text joined."""
        if self._send is None:
            raise RuntimeError("A Call can only be iterated once.")
        self._heard_at = monotonic()
        send, self._send = self._send, None  # it holds the request's body, megabytes of pictures perhaps
        try:
            with send(self._line) as response:
                del send
                yield from self._read(response)
        except OpenRouterError as failure:
            if rest := self._reader.rest():
                yield rest
            failure.generation_id = failure.generation_id or self.generation_id
            has_all = isinstance(failure, Interrupted) and self._reader.is_complete
            if not (self.is_cancelled or has_all):
                raise
        finally:
            self._line.let_go()
            if self._reader.unreadable:
                logger.warning("%d events of %s could not be read", self._reader.unreadable, self.generation_id)

    def _read(self, response: requests.Response) -> Iterator[list[Event]]:
        if response.status_code != 200:
            raise self._refusal(response)
        self._reader.generation_id = response.headers.get("X-Generation-Id")
        progressed_at, leave_at = monotonic(), None
        for payloads in self._payloads(response):
            self._reader.has_progressed = False
            if events := list(self._read_until_failure(payloads)):
                yield merged(events)
            if self._reader.failure:
                raise self._reader.failure
            now = monotonic()
            if self._reader.has_progressed:
                progressed_at = now
            elif now - progressed_at > self._content_idle_seconds:
                raise NoProgress(details={"after_seconds": self._content_idle_seconds})
            if self._reader.is_complete:
                leave_at = leave_at or now + LINGER_SECONDS
                if now > leave_at:
                    return
                self._line.wait_at_most(LINGER_SECONDS)
        if rest := self._reader.end():
            yield rest
        if self._reader.failure:
            raise self._reader.failure

    def _read_until_failure(self, payloads: list[str]) -> Iterator[Event]:
        """What follows a failure counts for nothing, whether it came in the same read or not."""
        for payload in payloads:
            yield from self._reader.read(payload)
            if self._reader.failure:
                return

    def _payloads(self, response: requests.Response) -> Iterator[list[str]]:
        """Yield what each read completes, perhaps nothing. A body that is no stream is one payload."""
        received = self._received(response)
        opening = b""
        for piece in received:
            opening += piece
            if opening.strip():
                break
            yield []  # blank padding keeps the line open before some JSON answers
        if opening.lstrip().startswith((b"{", b"<")):
            yield [self._whole_body(response, [opening, *received])]
            return
        parser = EventParser()
        yield parser.feed(opening)
        for piece in received:
            yield parser.feed(piece)
        yield parser.close()

    def _received(self, response: requests.Response) -> Iterator[bytes]:
        while piece := read_some(response, read_timeout_seconds=self._transport_idle_seconds):
            if self.is_cancelled:
                return
            self._heard_at = monotonic()
            yield piece

    def _whole_body(self, response: requests.Response, pieces: list[bytes]) -> str:
        body = b"".join(pieces).strip()
        if body.startswith(b"<"):  # a web page where an answer should be
            raise self._refusal(response, body)
        return body.decode(errors="replace")

    def _refusal(self, response: requests.Response, body: bytes | None = None) -> OpenRouterError:
        if body is None:
            body = b"".join(self._received(response))
        return diagnose_answer(status=response.status_code, headers=response.headers, body=body)
