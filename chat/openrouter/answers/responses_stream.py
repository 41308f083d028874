"""Reads answers of the Responses API: each of its events becomes the chunk that a chat completion would have sent.

So both have the same events, the same patience with odd streams and the same diagnosis.
Source: OpenRouter's OpenAPI, `StreamEvents` and `OpenResponsesResult`; OpenRouter docs, "Responses API" and "Errors and
Debugging". Their examples name some events differently than the description does: both are read.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from chat.openrouter.answer_parts.events import Event
from chat.openrouter.answers.chat_completions import AnswerReader
from chat.openrouter.answers.known_items import KnownItem, KnownItems, id_in
from chat.openrouter.answers.responses_items import (
    SERVER_RECORD,
    Item,
    details_of,
    server_arguments,
    server_record,
    server_tool_name,
    texts_in,
)
from chat.openrouter.json_fields import as_int, as_list, as_object, as_text

Chunk = dict[str, Any]

TEXT = ("response.output_text.delta", "response.content_part.delta")
REASONING = ("response.reasoning_text.delta", "response.reasoning_summary_text.delta", "response.reasoning.delta")
HEADS = ("response.created", "response.in_progress", "response.queued")
ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled", "response.done")
ERRORS = ("error", "response.error")
IMAGES = ("image_generation_call", "openrouter:image_generation")
STATUS_BY_EVENT = {  # where the response has none
    "response.completed": "completed",
    "response.done": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
}
ANSWERS = ("message", "function_call", "image_generation_call")  # after which a model may have nothing more to do
FINISH_REASONS = {"max_output_tokens": "length"}
MAX_ANNOTATIONS = 1_000  # of one text


class ResponsesReader(AnswerReader):
    """An `AnswerReader` for the payloads of `POST /responses`, streamed or not."""

    def __init__(self, generation_id: str | None = None) -> None:
        super().__init__(generation_id)
        self._items = KnownItems()
        self._characters = self._detail_count = 0
        self._calls_tools = self._is_answered = False

    def end(self) -> list[Event]:
        """An answer whose items are all done is complete: OpenRouter at times leaves out the event that says so."""
        if self._is_answered and self._items.are_done:
            return [*self._finish({"finish_reason": self._finish_reason_of("completed", {})}), *super().end()]
        return super().end()

    def _chunk(self, payload: dict[str, Any]) -> Chunk:
        type_ = as_text(payload.get("type"))
        if type_ in TEXT:
            return self._text(payload, self._item_of(payload, "message"))
        if type_ in HEADS:
            return self._head(as_object(payload.get("response")))
        if type_ in ENDS or payload.get("object") == "response":
            response = as_object(payload.get("response")) or payload
            return self._end(response, as_text(response.get("status")) or STATUS_BY_EVENT.get(type_, ""))
        if type_ in ERRORS or payload.get("error"):
            return {"error": _error_in(payload)}
        self.has_progressed |= "_call" in type_  # arguments arrive, or a search goes on
        return _choice(self._delta(type_, payload))

    def _item_of(self, payload: dict[str, Any], type_: str) -> KnownItem:
        return self._items.find(type_, as_text(payload.get("item_id")), _index_in(payload))

    def _delta(self, type_: str, payload: dict[str, Any]) -> Chunk:
        if type_ in REASONING:
            return self._reasoning(payload, type_, self._item_of(payload, "reasoning"))
        item = as_object(payload.get("item"))
        place = as_text(item.get("type")), id_in(item), _index_in(payload)
        match type_:
            case "response.refusal.delta":
                self._item_of(payload, "message").streamed = type_
                return {"refusal": as_text(payload.get("delta"))}
            case "response.reasoning_summary_part.added" if payload.get("summary_index"):
                return {"reasoning": "\n\n"}
            case "response.output_text.annotation.added":
                return self._annotation(payload, self._item_of(payload, "message"))
            case "response.output_item.added" if item:
                return self._added(item, self._items.add(*place))
            case "response.output_item.done" if item:
                return self._done(item, self._items.find(*place))
        return {}

    # --- the beginning and the end -----------------------------------------------------------------

    def _head(self, response: Item) -> Chunk:
        """The id that `GET /generation` knows is the one in the headers, if that is there."""
        id_ = self.generation_id or as_text(response.get("id"))
        return {"id": id_, "model": response.get("model"), "provider": response.get("provider")}

    def _end(self, response: Item, status: str) -> Chunk:
        """The last chunk, with all items that have not come before: a whole answer, if it was not streamed."""
        items = filter(None, map(as_object, as_list(response.get("output"))))
        rest = [self._done(item, known) for item, known in self._items.match(items)]
        finish_reason = self._finish_reason_of(status, response)
        self._is_answered &= bool(finish_reason)
        chunk = self._head(response) | _choice(_merged(rest), finish_reason)
        if status == "failed" or response.get("error"):
            chunk["error"] = _error_in(response)
        return chunk | {"usage": _usage_in(response)}

    def _finish_reason_of(self, status: str, response: Item) -> str:
        match status:
            case "completed":
                return "tool_calls" if self._calls_tools else "stop"
            case "incomplete":
                reason = as_text(as_object(response.get("incomplete_details")).get("reason"))
                return FINISH_REASONS.get(reason, reason or "length")
        return ""

    # --- pieces ------------------------------------------------------------------------------------

    def _text(self, payload: dict[str, Any], known: KnownItem) -> Chunk:
        text = as_text(payload.get("delta"))
        known.streamed = "text"
        self._note_text(text, known)
        choice: Chunk = {"delta": {"content": text}}
        if logprobs := as_list(payload.get("logprobs")):
            choice["logprobs"] = {"content": logprobs}
        return {"choices": [choice]}

    def _note_text(self, text: str, known: KnownItem) -> None:
        if known.text_start is None:
            known.text_start = self._characters
        self._characters += len(text)

    def _reasoning(self, payload: dict[str, Any], type_: str, known: KnownItem) -> Chunk:
        """The reasoning; of an item that has a text and a summary only what came first."""
        known.streamed = known.streamed or type_
        return {"reasoning": as_text(payload.get("delta")) if known.streamed == type_ else ""}

    def _annotation(self, payload: dict[str, Any], known: KnownItem) -> Chunk:
        position = min(as_int(payload.get("annotation_index")) or 0, MAX_ANNOTATIONS)
        before: list[Chunk] = [{}] * position  # so that it has its place in the list
        return {"annotations": [*before, self._citation(payload.get("annotation"), known, position)]}

    def _citation(self, annotation: object, known: KnownItem, position: int) -> Chunk:
        """A citation as in chat completions; empty if it was sent before. Its indexes count from the item's text."""
        fields = as_object(annotation)
        if position in known.cited or fields.get("type") != "url_citation":
            return {}
        known.cited.add(position)
        start = known.text_start or 0
        shifted = {
            name: at + start for name in ("start_index", "end_index") if (at := as_int(fields.get(name))) is not None
        }
        return {"type": "url_citation", "url_citation": {**fields, **shifted}}

    # --- items -------------------------------------------------------------------------------------

    def _added(self, item: Item, known: KnownItem) -> Chunk:
        """What begins to run at OpenRouter. A function is called only when its arguments are complete."""
        name = server_tool_name(item)
        if not name or name in IMAGES:
            return {}
        return {"tool_calls": [_call(known, _id_of(known), name, server_arguments(item))]}

    def _done(self, item: Item, known: KnownItem) -> Chunk:
        if known.is_done:
            return {}
        known.is_done = True
        if item.get("type") != "reasoning":
            self._is_answered = item.get("type") in ANSWERS and item.get("status") in (None, "completed")
        match item.get("type"):
            case "message":
                return self._message(item, known)
            case "reasoning":
                return self._thoughts(item, known)
            case "function_call":
                self._calls_tools = True
                id_, arguments = as_text(item.get("call_id")), as_text(item.get("arguments"))
                return {"tool_calls": [_call(known, id_, as_text(item.get("name")), arguments)]}
            case "image_generation_call" | "openrouter:image_generation":
                return {"images": [_image(url) for url in _images_in(item)]}
        if server_tool_name(item):
            return {"reasoning_details": [{**server_record(item), "tool_call_id": _id_of(known)}]}
        return {}

    def _message(self, item: Item, known: KnownItem) -> Chunk:
        """The text, unless it has been streamed, and its sources."""
        parts = [as_object(part) for part in as_list(item.get("content"))]
        text, refusal = ("".join(as_text(part.get(name)) for part in parts) for name in ("text", "refusal"))
        if known.streamed:
            text = refusal = ""
        self._note_text(text, known)
        annotations = [each for part in parts for each in as_list(part.get("annotations"))[:MAX_ANNOTATIONS]]
        cited = [self._citation(each, known, position) for position, each in enumerate(annotations)]
        return {"content": text, "refusal": refusal, "annotations": cited}

    def _thoughts(self, item: Item, known: KnownItem) -> Chunk:
        """The reasoning, unless it has been streamed, and what the model wants back of it."""
        texts = texts_in(item.get("summary")) or texts_in(item.get("content"))
        start = self._detail_count
        details = [
            {**detail, "index": start + place} for place, detail in enumerate(details_of(item))
        ]  # none are joined
        self._detail_count += len(details)
        return {"reasoning": "" if known.streamed else "\n\n".join(texts), "reasoning_details": details}

    def _read_message(
        self, message: dict[str, Any], *, skip_text: bool = False, skip_reasoning: bool = False
    ) -> Iterator[Event]:
        """Yield what a delta contains. What its reasoning details say is in its `reasoning`, or has been streamed."""
        records = [each for each in as_list(message.get("reasoning_details")) if each["type"] == SERVER_RECORD]
        shown = {**message, "reasoning_details": records}
        return super()._read_message(shown, skip_text=skip_text, skip_reasoning=skip_reasoning)


def _choice(delta: Chunk, finish_reason: str = "") -> Chunk:
    found = {name: value for name, value in delta.items() if value}
    return {"choices": [{"delta": found, "finish_reason": finish_reason or None}]} if found or finish_reason else {}


def _merged(deltas: Iterable[Chunk]) -> Chunk:
    merged: Chunk = {}
    for delta in deltas:
        for name, value in delta.items():
            merged[name] = merged[name] + value if name in merged else value
    return merged


def _call(known: KnownItem, id_: str, name: str, arguments: str) -> Chunk:
    return {"index": known.number, "id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def _id_of(known: KnownItem) -> str:
    return known.id or f"item_{known.number}"


def _index_in(payload: dict[str, Any]) -> int:
    return as_int(payload.get("output_index")) or 0


def _images_in(item: Item) -> list[str]:
    """The first form in which an image is there: base64, a `data:` URL or an address."""
    found = (as_text(item.get(name)) for name in ("imageB64", "result", "imageUrl"))
    return [url for url in found if url][:1]


def _image(url: str) -> Chunk:
    is_whole = url.startswith(("data:", "https://", "http://"))
    return {"type": "image_url", "image_url": {"url": url if is_whole else f"data:image/png;base64,{url}"}}


def _usage_in(response: Item) -> Chunk:
    """The usage by the names that chat completions have for it."""
    usage = as_object(response.get("usage"))
    if not usage:
        return {}
    costs = as_object(usage.get("cost_details"))
    more = {
        "upstream_inference_prompt_cost": costs.get("upstream_inference_input_cost"),
        "upstream_inference_completions_cost": costs.get("upstream_inference_output_cost"),
    }
    return {
        **usage,
        "prompt_tokens": usage.get("input_tokens"),
        "completion_tokens": usage.get("output_tokens"),
        "prompt_tokens_details": usage.get("input_tokens_details"),
        "completion_tokens_details": usage.get("output_tokens_details"),
        "cost_details": {**more, **costs},
    }


def _error_in(payload: dict[str, Any]) -> object:
    """The error of a response or of an event, with what stands beside it: `error_type` is more exact than its code."""
    error = payload.get("error")
    if error and not isinstance(error, dict):
        return error
    beside = {name: payload[name] for name in ("error_type", "metadata") if payload.get(name)}
    own = as_object(error) or {name: payload.get(name) for name in ("code", "message")}
    return {**own, **beside}
