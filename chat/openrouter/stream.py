"""From the chunks of one answer to events, for every shape that chunks have been seen in."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from .content_parts import parts_of
from .diagnosis import diagnose
from .errors import Interrupted, OpenRouterError, Unreadable, UpstreamUnavailable
from .events import Citation, Event, Finished, Image, Reasoning, Started, Text, Usage
from .json_fields import as_decimal, as_int, as_list, as_object, as_text, read_json
from .surrogates import Halves
from .think_tags import ThinkTags

DONE = "[DONE]"


class AnswerReader:
    """Reads the payloads of one answer; feed it in order.

    `failure` is set as soon as OpenRouter reports one, before or after text, even after a finish_reason.
    `is_complete` tells that nothing of interest is to come. `has_progressed` turns true with every payload
    that brings something of the answer (some providers send empty deltas to keep the line open); the caller
    resets it. `unreadable` counts the payloads that are no JSON: they are passed over, as long as others are.
    """

    def __init__(self, generation_id: str | None = None) -> None:
        self.generation_id = generation_id
        self.failure: OpenRouterError | None = None
        self.has_progressed = False
        self._is_done = self._has_started = self._has_usage = False
        self._finish_reason = ""
        self.unreadable = 0
        self._cited: set[Citation] = set()
        self._drawn: set[bytes] = set()  # digests: a picture is megabytes
        self._has_said = self._has_thought = False
        self._halves_of_text, self._halves_of_thought = Halves(), Halves()
        self._tags = ThinkTags()

    @property
    def is_complete(self) -> bool:
        return bool(self._finish_reason) and (self._has_usage or self._is_done)

    def read(self, payload: str) -> list[Event]:
        """Return what one payload tells: a chunk of a stream, or a whole answer that was not streamed."""
        if not payload.strip():
            return []
        if payload.strip() == DONE:
            self._is_done = True
            return self.end()
        try:
            chunk = as_object(read_json(payload))
        except ValueError:
            self.unreadable += 1
            return []
        if self._has_started and (text := _text_alone(chunk)):
            self.has_progressed = True
            return self._say(text)
        events = self._events(chunk)
        self._note_failure(chunk)
        self.has_progressed |= bool(events)
        return events + self.rest() if self.failure else events

    def end(self) -> list[Event]:
        """Take note that the stream has ended. Without a finish_reason it was cut off, [DONE] or not."""
        if not self._finish_reason:
            is_all_unreadable = self.unreadable and not self._has_started
            cause = Unreadable if is_all_unreadable else Interrupted
            self._fail(cause(generation_id=self.generation_id))
        return self.rest()

    def rest(self) -> list[Event]:
        """Return what was held back because it might have been the beginning of a tag."""
        return list(self._tags.rest())

    def _events(self, chunk: dict[str, Any]) -> list[Event]:
        events: list[Event] = [*self._start(chunk)]
        for choice in map(as_object, as_list(chunk.get("choices"))[:1]):
            delta, whole = as_object(choice.get("delta")), as_object(choice.get("message"))
            self.has_progressed |= any(value for name, value in (whole | delta).items() if name != "role")
            events += self._contents(delta)
            events += self._contents(whole, has_said=self._has_said, has_thought=self._has_thought)
            events += self._finish(choice)
        events += self._usage(chunk)
        return events

    def _start(self, chunk: dict[str, Any]) -> Iterable[Event]:
        if not self._has_started and (chunk.get("id") or chunk.get("choices")):
            self._has_started = True
            self.generation_id = as_text(chunk.get("id")) or self.generation_id
            model, provider = as_text(chunk.get("model")), as_text(chunk.get("provider"))
            yield Started(self.generation_id or "", model, provider)

    def _contents(self, told: dict[str, Any], *, has_said: bool = False, has_thought: bool = False) -> Iterator[Event]:
        """`has_said` and `has_thought`: so much of a whole message has been told already, piece by piece."""
        if (thought := _thoughts(told)) and not has_thought:
            yield from self._think(thought)
        for part in (*parts_of(told.get("content")), *parts_of(told.get("refusal"))):
            match part:
                case Text(text):
                    yield from () if has_said else self._say(text)
                case Reasoning(text):
                    yield from () if has_thought else self._think(text)
                case Image(url):
                    yield from self._draw(url)
        for part in parts_of(told.get("images")):
            if isinstance(part, Image):
                yield from self._draw(part.url)
        for position, annotation in enumerate(as_list(told.get("annotations"))):
            yield from self._cite(as_object(as_object(annotation).get("url_citation")), position)

    def _say(self, text: str) -> list[Event]:
        self._has_said = True
        return [*self._tags.split(self._halves_of_text.joined(text))]

    def _think(self, text: str) -> Iterator[Event]:
        self._has_thought = self._tags.follows_thinking = True
        if whole := self._halves_of_thought.joined(text):
            yield Reasoning(whole)

    def _draw(self, url: str) -> Iterator[Event]:
        """Tell of each picture once: some models send it again, and in the whole message at the end."""
        digest = sha256(url.rpartition(",")[2].encode(errors="replace")).digest()
        if digest not in self._drawn:
            self._drawn.add(digest)
            yield Image(url)

    def _cite(self, told: dict[str, Any], position: int) -> Iterable[Event]:
        citation = Citation(
            url=as_text(told.get("url")),
            title=as_text(told.get("title")),
            content=as_text(told.get("content")),
            start_index=as_int(told.get("start_index")),
            end_index=as_int(told.get("end_index")),
            position=position,
        )
        if citation.url and citation not in self._cited:  # some models repeat their sources in every chunk
            self._cited.add(citation)
            yield citation

    def _finish(self, choice: dict[str, Any]) -> Iterable[Event]:
        """Tell of the first finish_reason; today's last chunk repeats it beside the usage."""
        reason = as_text(choice.get("finish_reason"))
        if reason and reason != "error" and not self._finish_reason:
            self._finish_reason = reason
            yield from self._tags.rest()
            yield Finished(reason, as_text(choice.get("native_finish_reason")))

    def _usage(self, chunk: dict[str, Any]) -> Iterable[Event]:
        told = as_object(chunk.get("usage"))
        if told and not self._has_usage:
            self._has_usage = True
            spent = as_object(told.get("completion_tokens_details"))
            saved = as_object(told.get("prompt_tokens_details"))
            yield Usage(
                prompt_tokens=as_int(told.get("prompt_tokens")) or 0,
                completion_tokens=as_int(told.get("completion_tokens")) or 0,
                reasoning_tokens=as_int(spent.get("reasoning_tokens")) or 0,
                cached_tokens=as_int(saved.get("cached_tokens")) or 0,
                cost=as_decimal(told.get("cost")),
            )

    def _note_failure(self, chunk: dict[str, Any]) -> None:
        choice = as_object(next(iter(as_list(chunk.get("choices"))), None))
        if told := chunk.get("error") or choice.get("error"):
            self._fail(diagnose(told, generation_id=self.generation_id))
        elif choice.get("finish_reason") == "error":
            self._fail(UpstreamUnavailable(generation_id=self.generation_id))

    def _fail(self, failure: OpenRouterError) -> None:
        self.failure = self.failure or failure


def merged(events: Iterable[Event]) -> list[Event]:
    """Join neighbours of text, and of reasoning: one read often brings many small pieces."""
    together: list[Event] = []
    for event in events:
        last = together[-1] if together else None
        if isinstance(event, Text) and isinstance(last, Text):
            together[-1] = Text(last.text + event.text)
        elif isinstance(event, Reasoning) and isinstance(last, Reasoning):
            together[-1] = Reasoning(last.text + event.text)
        else:
            together.append(event)
    return together


def _text_alone(chunk: dict[str, Any]) -> str:
    """Return the text of a chunk that brings nothing else, as nearly all do, at a third of the usual cost."""
    try:
        (choice,) = chunk["choices"]
        delta, text = choice["delta"], choice["delta"]["content"]
        told = sum(map(bool, delta.values())) - bool(delta.get("role"))
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
    tells_more = told > 1 or chunk.get("usage") or chunk.get("error") or choice.get("finish_reason")
    return "" if tells_more or choice.get("error") else as_text(text)


def _thoughts(told: dict[str, Any]) -> str:
    """Return the reasoning, under whichever name. Some models give it only in parts; encrypted ones say nothing."""
    for name in ("reasoning", "reasoning_content", "reasoning_details"):
        if thought := "".join(part.text for part in parts_of(told.get(name)) if not isinstance(part, Image)):
            return thought
    return ""
