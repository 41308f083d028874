"""Turns the JSON chunks of one streamed answer into events, in all forms that providers are known to send."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from chat.openrouter.answer_parts.content_parts import read_images, read_parts
from chat.openrouter.answer_parts.cost_details import CostDetails, read_cost_details
from chat.openrouter.answer_parts.events import (
    Citation,
    Event,
    Finished,
    Image,
    Reasoning,
    ServerToolCall,
    Started,
    Text,
    Usage,
)
from chat.openrouter.answer_parts.file_annotations import FileAnnotations
from chat.openrouter.answer_parts.logprobs import Logprobs
from chat.openrouter.answer_parts.reasoning_details import ReasoningDetails
from chat.openrouter.answer_parts.surrogates import SurrogateJoiner
from chat.openrouter.answer_parts.think_tags import ThinkTags
from chat.openrouter.answer_parts.tool_calls import ToolCalls
from chat.openrouter.errors.diagnosis import diagnose
from chat.openrouter.errors.kinds import Interrupted, OpenRouterError, Unreadable, UpstreamUnavailable
from chat.openrouter.json_fields import as_decimal, as_int, as_list, as_object, as_text, read_json

DONE = "[DONE]"


class AnswerReader:
    """Reads the payloads of one answer, in order.

    `failure` is set as soon as OpenRouter reports one, before or after text, even after a finish_reason.
    `is_complete` says that nothing of interest is to come. `has_progressed` becomes true with every payload that
    contains something of the answer (some providers send empty deltas as keep-alives); the caller resets it.
    `unreadable_count` counts the payloads that are not JSON, which are skipped. `reasoning_details` are complete when
    the answer is, and so are `tool_calls`; `logprobs` and `file_annotations` are those so far.
    """

    def __init__(self, generation_id: str | None = None) -> None:
        self.generation_id = generation_id
        self.failure: OpenRouterError | None = None
        self.has_progressed = False
        self._is_done = self._has_started = self._has_usage = False
        self._finish_reason = ""
        self._used: Usage | None = None  # what was reported last
        self._told: Usage | None = None  # what was yielded of it
        self.unreadable_count = 0
        self.reasoning_details = ReasoningDetails()
        self.file_annotations = FileAnnotations()
        self.logprobs = Logprobs()
        self.tool_calls = ToolCalls()
        self._server_tool_calls: dict[str, ServerToolCall] = {}
        self._noted_calls, self._noted_characters = 0, 0  # of `tool_calls`, when they were last looked through
        self._has_open_call = False
        self._citations: set[Citation] = set()
        self._image_digests: set[bytes] = set()  # not the images: each is megabytes
        self._has_text = self._has_reasoning = False
        self._text_joiner, self._reasoning_joiner = SurrogateJoiner(), SurrogateJoiner()
        self._tags = ThinkTags()

    @property
    def is_complete(self) -> bool:
        return bool(self._finish_reason) and (self._has_usage or self._is_done)

    def read(self, payload: str) -> list[Event]:
        """Return the events of one payload: a chunk of a stream, or a whole answer that was not streamed."""
        if not payload.strip():
            return []
        if payload.strip() == DONE:
            self._is_done = True
            return self.end()
        try:
            chunk = self._chunk(as_object(read_json(payload)))
        except ValueError:
            self.unreadable_count += 1
            return []
        if self._has_started and not self._has_open_call and (text := _only_text(chunk)):
            self.has_progressed = True
            return self._read_text(text)
        events = self._events(chunk)
        self._check_failure(chunk)
        events += self._usage(as_object(chunk.get("usage")))
        self.has_progressed |= bool(events)
        return events + self.flush() if self.failure else events

    def end(self) -> list[Event]:
        """Handle the end of the stream. Without a finish_reason it was interrupted, whether [DONE] came or not."""
        if not self._finish_reason:
            is_all_unreadable = self.unreadable_count and not self._has_started
            error_class = Unreadable if is_all_unreadable else Interrupted
            self._fail(error_class(generation_id=self.generation_id))
        return self.flush()

    def flush(self) -> list[Event]:
        """Return text that was buffered because it might have been the beginning of a tag."""
        return [*self._tags.flush(), *self._new_server_calls(self._noted_server_calls())]

    def _chunk(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return a payload as a chunk of a chat completion, which it is; for readers of other APIs to override."""
        return payload

    def _events(self, chunk: dict[str, Any]) -> list[Event]:
        events: list[Event] = [*self._start(chunk)]
        for choice in map(as_object, as_list(chunk.get("choices"))[:1]):
            delta, whole = as_object(choice.get("delta")), as_object(choice.get("message"))
            self.has_progressed |= any(value for name, value in (whole | delta).items() if name != "role")
            self.logprobs.add(choice.get("logprobs"))
            self.reasoning_details.add(delta.get("reasoning_details"))
            self.reasoning_details.replace(whole.get("reasoning_details"))
            self.tool_calls.add(delta.get("tool_calls"))
            self.tool_calls.replace(whole.get("tool_calls"))
            self.file_annotations.add(delta.get("annotations"), whole.get("annotations"))
            events += self._read_message(delta)
            events += self._read_message(whole, skip_text=self._has_text, skip_reasoning=self._has_reasoning)
            events += self._finish(choice)
        return events

    def _start(self, chunk: dict[str, Any]) -> Iterable[Event]:
        if not self._has_started and (chunk.get("id") or chunk.get("choices")):
            self._has_started = True
            self.generation_id = as_text(chunk.get("id")) or self.generation_id
            model, provider = as_text(chunk.get("model")), as_text(chunk.get("provider"))
            yield Started(self.generation_id or "", model, provider)

    def _read_message(
        self, message: dict[str, Any], *, skip_text: bool = False, skip_reasoning: bool = False
    ) -> Iterator[Event]:
        """Yield what a delta or a whole message contains. A whole one after deltas repeats their text and reasoning."""
        if (reasoning := _reasoning_in(message)) and not skip_reasoning:
            yield from self._read_reasoning(reasoning)
        for part in (*read_parts(message.get("content")), *read_parts(message.get("refusal"))):
            match part:
                case Text(text):
                    yield from () if skip_text else self._read_text(text)
                case Reasoning(text):
                    yield from () if skip_reasoning else self._read_reasoning(text)
                case Image(url):
                    yield from self._read_image(url)
        for image in read_images(message.get("images")):
            yield from self._read_image(image.url)
        yield from self._read_server_tool_calls(message)
        for position, annotation in enumerate(as_list(message.get("annotations"))):
            yield from self._read_citation(as_object(as_object(annotation).get("url_citation")), position)

    def _read_text(self, text: str) -> list[Event]:
        self._has_text = True
        return [*self._tags.split(self._text_joiner.feed(text))]

    def _read_reasoning(self, text: str) -> Iterator[Event]:
        self._has_reasoning = self._tags.follows_thinking = True
        if whole := self._reasoning_joiner.feed(text):
            yield Reasoning(whole)

    def _read_image(self, url: str) -> Iterator[Event]:
        """Yield each image once: some models send it several times, or repeat it in the whole message at the end."""
        digest = sha256(url.rpartition(",")[2].encode(errors="replace")).digest()
        if digest not in self._image_digests:
            self._image_digests.add(digest)
            yield Image(url)

    def _read_citation(self, fields: dict[str, Any], position: int) -> Iterable[Event]:
        citation = Citation(
            url=as_text(fields.get("url")),
            title=as_text(fields.get("title")),
            content=as_text(fields.get("content")),
            start_index=as_int(fields.get("start_index")),
            end_index=as_int(fields.get("end_index")),
            position=position,
        )
        if citation.url and citation not in self._citations:  # some models repeat their sources in every chunk
            self._citations.add(citation)
            yield citation

    def _read_server_tool_calls(self, message: dict[str, Any]) -> Iterator[Event]:
        """Yield what is new of the tools that OpenRouter runs: it names them in one of two places, or in none."""
        found = [server_tool_call(detail) for detail in map(as_object, as_list(message.get("reasoning_details")))]
        if message and self._are_server_calls_due(bool(message.get("tool_calls"))):
            found += self._noted_server_calls()
        yield from self._new_server_calls(filter(None, found))

    def _are_server_calls_due(self, is_in_call: bool) -> bool:
        """Whether to look through the calls: one has begun, or the fragments are over, and have doubled since.

        Not for each fragment, of which an answer may have a million: to look joins the arguments of all calls.
        """
        has_begun = self.tool_calls.count > self._noted_calls
        has_grown = self.tool_calls.characters > 2 * self._noted_characters
        self._has_open_call = is_in_call
        return has_begun or (has_grown and not is_in_call)

    def _noted_server_calls(self) -> list[ServerToolCall]:
        self._noted_calls, self._noted_characters = self.tool_calls.count, self.tool_calls.characters
        ours = [call for call in self.tool_calls.all() if call.is_run_by_openrouter]
        return [ServerToolCall(call.id, call.name, call.arguments) for call in ours]

    def _new_server_calls(self, calls: Iterable[ServerToolCall]) -> Iterator[ServerToolCall]:
        for call in calls:
            key = call.id or f"{call.name} {call.arguments}"
            known = self._server_tool_calls.get(key)
            if known != call and not (known and known.result is not None):
                self._server_tool_calls[key] = call
                yield call

    def _finish(self, choice: dict[str, Any]) -> Iterable[Event]:
        """Yield the first finish_reason; OpenRouter repeats it in the chunk with the usage."""
        reason = as_text(choice.get("finish_reason"))
        if reason and reason != "error" and not self._finish_reason:
            self._finish_reason = reason
            yield from self.flush()
            yield Finished(reason, as_text(choice.get("native_finish_reason")))

    def _usage(self, usage: dict[str, Any]) -> Iterable[Event]:
        """Yield the usage whenever it changes: some providers send what it is so far. The cost so far is not told."""
        is_over = bool(self._finish_reason or self.failure)
        if usage:
            self._has_usage |= is_over
            self._used = _read_usage(usage, self._told)
        told = self._used if is_over or not self._used else replace(self._used, cost=None, cost_details=CostDetails())
        if told and told != self._told:
            self._told = told
            yield told

    def _check_failure(self, chunk: dict[str, Any]) -> None:
        choice = as_object(next(iter(as_list(chunk.get("choices"))), None))
        if error := chunk.get("error") or choice.get("error"):
            self._fail(diagnose(error, generation_id=self.generation_id))
        elif choice.get("finish_reason") == "error":
            self._fail(UpstreamUnavailable(generation_id=self.generation_id))

    def _fail(self, failure: OpenRouterError) -> None:
        self.failure = self.failure or failure


def merge_adjacent(events: Iterable[Event]) -> list[Event]:
    """Return the events with adjacent pieces of text, or of reasoning, merged into one."""
    merged: list[Event] = []
    for event in events:
        last = merged[-1] if merged else None
        if isinstance(event, Text) and isinstance(last, Text):
            merged[-1] = Text(last.text + event.text)
        elif isinstance(event, Reasoning) and isinstance(last, Reasoning):
            merged[-1] = Reasoning(last.text + event.text)
        else:
            merged.append(event)
    return merged


def server_tool_call(detail: dict[str, Any]) -> ServerToolCall | None:
    """Read the record of a tool that OpenRouter has run; None for any other detail of the reasoning."""
    if detail.get("type") != "reasoning.server_tool_call":
        return None
    return ServerToolCall(
        id=as_text(detail.get("tool_call_id")) or as_text(detail.get("id")),
        name=as_text(detail.get("tool_name")),
        arguments=as_text(detail.get("arguments")),
        result=as_text(detail.get("result")),
    )


def _read_usage(usage: dict[str, Any], earlier: Usage | None) -> Usage:
    """Return the usage; the earlier one, if that has a cost and this has not."""
    completion_details = as_object(usage.get("completion_tokens_details"))
    prompt_details = as_object(usage.get("prompt_tokens_details"))
    cost = as_decimal(usage.get("cost"))
    if cost is None and earlier and earlier.cost is not None:
        return earlier
    return Usage(
        prompt_tokens=as_int(usage.get("prompt_tokens")) or 0,
        completion_tokens=as_int(usage.get("completion_tokens")) or 0,
        reasoning_tokens=as_int(completion_details.get("reasoning_tokens")) or 0,
        cached_tokens=as_int(prompt_details.get("cached_tokens")) or 0,
        cache_write_tokens=as_int(prompt_details.get("cache_write_tokens")),
        cost=cost,
        cost_details=read_cost_details(usage),
    )


def _only_text(chunk: dict[str, Any]) -> str:
    """Return the text of a chunk that contains nothing else; "" for any other chunk.

    A shortcut for nearly all chunks: it takes a third of the time of the full parse.
    """
    try:
        (choice,) = chunk["choices"]
        delta, text = choice["delta"], choice["delta"]["content"]
        field_count = sum(map(bool, delta.values())) - bool(delta.get("role"))
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
    has_more = field_count > 1 or chunk.get("usage") or chunk.get("error") or choice.get("finish_reason")
    return "" if has_more or choice.get("error") or choice.get("logprobs") else as_text(text)


def _reasoning_in(message: dict[str, Any]) -> str:
    """Return the reasoning, from the first of its possible fields that has text. Encrypted reasoning has none."""
    for name in ("reasoning", "reasoning_content", "reasoning_details"):
        if reasoning := "".join(part.text for part in read_parts(message.get(name)) if not isinstance(part, Image)):
            return reasoning
    return ""
