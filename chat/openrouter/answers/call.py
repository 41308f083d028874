"""One streaming chat request: sends it, yields its events and can be cancelled from another thread."""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from time import monotonic

import requests

from chat.openrouter.answer_parts.events import Event
from chat.openrouter.answer_parts.logprobs import Logprobs
from chat.openrouter.answer_parts.tool_calls import ToolCall
from chat.openrouter.answers.chat_completions import AnswerReader, merge_adjacent
from chat.openrouter.answers.length_limit import LengthLimit
from chat.openrouter.connection.cancellation import Cancellation
from chat.openrouter.connection.sse import EventParser
from chat.openrouter.connection.transport import read_available
from chat.openrouter.errors.diagnosis import diagnose_answer
from chat.openrouter.errors.kinds import AnswerTooLarge, Interrupted, NoProgress, OpenRouterError

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 64_000_000  # of an answer that is no stream; images are in it, as base64
MAX_ERROR_BYTES = 1_000_000
LINGER_SECONDS = 0.5  # to wait for [DONE] and the end of a complete answer; only then can the connection be reused


class Call:
    """An answer's events. The request is sent when the iteration starts; a call can be iterated only once.

    Iterating raises a subclass of `OpenRouterError`, after all events that came before the failure. `cancel`
    may be called from any thread or greenlet, at any time: it closes the connection and ends the iteration
    without an error.
    """

    def __init__(
        self,
        send: Callable[[Cancellation], requests.Response],
        *,
        reader: AnswerReader | None = None,
        request_bytes: int = 0,
        transport_idle_seconds: float,
        content_idle_seconds: float,
    ) -> None:
        self._send: Callable[[Cancellation], requests.Response] | None = send
        self.request_bytes = request_bytes  # the length of its body, images included
        self._transport_idle_seconds = transport_idle_seconds
        self._content_idle_seconds = content_idle_seconds
        self._cancellation = Cancellation()
        self._reader = reader or AnswerReader()
        self._received_at = monotonic()

    @property
    def silent_seconds(self) -> float:
        """Seconds since OpenRouter sent the last byte; its keep-alive comments count."""
        return monotonic() - self._received_at

    @property
    def generation_id(self) -> str | None:
        return self._reader.generation_id

    @property
    def reasoning_details(self) -> str:
        """What the model wants back with the next question, as a JSON array; "" if nothing. Ask at the end."""
        return self._reader.reasoning_details.as_json()

    @property
    def tool_calls(self) -> list[ToolCall]:
        """What the model wants to be run before it goes on; OpenRouter's own tools are not in it. Ask at the end."""
        return [call for call in self._reader.tool_calls.all() if not call.is_run_by_openrouter]

    @property
    def file_annotations(self) -> str:
        """What OpenRouter has read in the files of the request so far, as a JSON array; "" if nothing."""
        return self._reader.file_annotations.as_json()

    @property
    def logprobs(self) -> Logprobs:
        """The probabilities of the tokens so far, if the request asked for them."""
        return self._reader.logprobs

    @property
    def is_cancelled(self) -> bool:
        return self._cancellation.is_cancelled

    def cancel(self) -> None:
        self._cancellation.cancel()

    def __iter__(self) -> Iterator[Event]:
        for events in self.batches():
            yield from events

    def batches(self) -> Iterator[list[Event]]:
        """Yield the events of each read from the network: never an empty list, adjacent pieces of text merged."""
        if self._send is None:
            raise RuntimeError("A Call can only be iterated once.")
        self._received_at = monotonic()
        send, self._send = self._send, None  # drop the reference: the request's body may be megabytes of images
        try:
            with send(self._cancellation) as response:
                del send
                yield from self._read(response)
        except OpenRouterError as failure:
            if rest := self._reader.flush():
                yield rest
            failure.generation_id = failure.generation_id or self.generation_id
            is_complete = isinstance(failure, Interrupted) and self._reader.is_complete
            if not (self.is_cancelled or is_complete):
                raise
        finally:
            self._cancellation.detach()
            if self._reader.unreadable_count:
                logger.warning("%d events of %s could not be read", self._reader.unreadable_count, self.generation_id)
            if self._reader.reasoning_details.is_too_long:
                logger.warning("The reasoning details of %s are too long to be kept", self.generation_id)

    def _read(self, response: requests.Response) -> Iterator[list[Event]]:
        if response.status_code != 200:
            raise self._error_for(response)
        self._reader.generation_id = response.headers.get("X-Generation-Id")
        progressed_at, give_up_at, limit = monotonic(), None, LengthLimit()
        for payloads in self._payloads(response):
            self._reader.has_progressed = False
            if events := list(self._read_until_failure(payloads)):
                yield merge_adjacent(limit.within(events))
            if limit.is_reached:
                return
            if self._reader.failure:
                raise self._reader.failure
            now = monotonic()
            if self._reader.has_progressed:
                progressed_at = now
            elif now - progressed_at > self._content_idle_seconds:
                raise NoProgress(details={"after_seconds": self._content_idle_seconds})
            if self._reader.is_complete:
                give_up_at = give_up_at or now + LINGER_SECONDS
                if now > give_up_at:
                    return
                self._cancellation.set_read_timeout(LINGER_SECONDS)
        if rest := self._reader.end():
            yield rest
        if self._reader.failure:
            raise self._reader.failure

    def _read_until_failure(self, payloads: list[str]) -> Iterator[Event]:
        """Yield the events up to a failure. Whatever follows one is ignored, even if it came in the same read."""
        for payload in payloads:
            yield from self._reader.read(payload)
            if self._reader.failure:
                return

    def _payloads(self, response: requests.Response) -> Iterator[list[str]]:
        """Yield the payloads that each read completes, perhaps none. A body that is not a stream is one payload."""
        received = self._received(response)
        opening = b""
        for piece in received:
            opening += piece
            if opening.strip():
                break
            yield []  # before some JSON answers OpenRouter sends blank padding to keep the connection open
        if opening.lstrip().startswith((b"{", b"<")):
            yield [self._whole_body(response, chain([opening], received))]
            return
        parser = EventParser()
        yield parser.feed(opening)
        for piece in received:
            yield parser.feed(piece)
        yield parser.close()

    def _received(self, response: requests.Response) -> Iterator[bytes]:
        while piece := read_available(response, read_timeout_seconds=self._transport_idle_seconds):
            if self.is_cancelled:
                return
            self._received_at = monotonic()
            yield piece

    def _whole_body(self, response: requests.Response, pieces: Iterable[bytes]) -> str:
        body = _joined(pieces, MAX_BODY_BYTES).strip()
        if len(body) > MAX_BODY_BYTES:
            raise AnswerTooLarge
        if body.startswith(b"<"):  # an HTML page instead of an answer
            raise self._error_for(response, body[:MAX_ERROR_BYTES])
        return body.decode(errors="replace")

    def _error_for(self, response: requests.Response, body: bytes | None = None) -> OpenRouterError:
        if body is None:
            body = _joined(self._received(response), MAX_ERROR_BYTES)
        return diagnose_answer(status=response.status_code, headers=response.headers, body=body)


def _joined(pieces: Iterable[bytes], enough: int) -> bytes:
    """Return the pieces, of which no more are read once there are more bytes than `enough`."""
    found: list[bytes] = []
    size = 0
    for piece in pieces:
        found.append(piece)
        size += len(piece)
        if size > enough:
            break
    return b"".join(found)
