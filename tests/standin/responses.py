"""`POST /responses`: the same answers as `/chat/completions`, asked and told in the form of the Responses API.

Ids of responses are not those of generations here: only the header names those.
Source: OpenRouter's OpenAPI, `ResponsesRequest` and `StreamEvents`; no recording of this API is public.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.standin.chat import answer
from tests.standin.refusal import Refused
from tests.standin.web import Request, Response
from tests.standin.wire import Json, Usage, Wire, compact
from tests.standin.world import World

# Fields that only chat completions have.
FOREIGN = ("messages", "max_tokens", "max_completion_tokens", "response_format", "logprobs", "stop", "seed")
PARTS = ("input_text", "output_text", "input_image", "input_file", "input_audio")
ERROR_TYPES = {
    400: "invalid_request",
    401: "authentication",
    402: "payment_required",
    403: "permission_denied",
    408: "timeout",
    429: "rate_limit_exceeded",
    529: "provider_overloaded",
}
ERROR_CODES = {"rate_limit_exceeded": "rate_limit_exceeded", "invalid_request": "invalid_prompt"}
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


def respond(world: World, request: Request) -> Response:
    return answer(world, request, read=as_chat, wire=ResponsesWire)


# --- what is asked --------------------------------------------------------------------------------


def as_chat(body: Any) -> Json:
    """The request as one for `/chat/completions`. Refuses what the Responses API does not have."""
    if not isinstance(body, dict) or any(name in body for name in FOREIGN) or not body.get("input"):
        raise Refused(400, "bad-request")
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    asked = {name: value for name, value in body.items() if name not in ("input", "max_output_tokens")}
    if body.get("tools"):
        asked["tools"] = [_tool(tool) for tool in body["tools"]]
    if body.get("top_logprobs") is not None:
        asked["logprobs"] = True
    return {**asked, "max_completion_tokens": body.get("max_output_tokens"), "messages": list(_messages(items))}


def _tool(tool: Json) -> Json:
    if tool.get("type") != "function":
        return tool
    if "function" in tool or "name" not in tool or "parameters" not in tool:
        raise Refused(400, "bad-request")
    return {"type": "function", "function": {name: value for name, value in tool.items() if name != "type"}}


def _messages(items: Any) -> Iterator[Json]:
    """Messages; all that a model said between two others is one."""
    said: Json = {}
    for item in items if isinstance(items, list) else [None]:
        if not isinstance(item, dict):
            raise Refused(400, "bad-request")
        if _is_of_model(item):
            _add(said, item)
            continue
        if said:
            yield said
            said = {}
        yield _of_others(item)
    if said:
        yield said


def _is_of_model(item: Json) -> bool:
    type_ = item.get("type", "message")
    if type_ == "message":
        return item.get("role") == "assistant"
    return type_ != "function_call_output"


def _of_others(item: Json) -> Json:
    if item.get("type") == "function_call_output":
        return {"role": "tool", "tool_call_id": item.get("call_id"), "content": _content(item.get("output"))}
    return {"role": item.get("role"), "content": _content(item.get("content"))}


def _add(said: Json, item: Json) -> None:
    said.setdefault("role", "assistant")
    said.setdefault("content", None)
    match item:
        case {"type": "reasoning", "id": str(), "summary": list()}:
            said.setdefault("reasoning_details", []).append(item)
        case {
            "type": "function_call",
            "id": str(),
            "call_id": str(id_),
            "name": str(name),
            "arguments": str(arguments),
        }:
            call = {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
            said.setdefault("tool_calls", []).append(call)
        case {"type": "image_generation_call", "id": str(), "status": "completed", "result": str(result)}:
            part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{result}"}}
            said.setdefault("images", []).append(part)
        case {"type": "web_search_call" | "openrouter:web_search" | "openrouter:web_fetch" | "openrouter:datetime"}:
            pass
        case {"role": "assistant", "content": content}:
            text = "".join(part.get("text", "") for part in content) if isinstance(content, list) else content
            said["content"] = (said["content"] or "") + text
        case _:
            raise Refused(400, "bad-request")


def _content(content: Any) -> Any:
    return [_part(part) for part in content] if isinstance(content, list) else content


def _part(part: Json) -> Json:
    match part:
        case {"type": "input_text", "text": str(text)}:
            return {"type": "text", "text": text}
        case {"type": "input_image", "detail": str(), "image_url": str(url)}:
            return {"type": "image_url", "image_url": {"url": url}}
        case {"type": "input_file"}:
            return _file(part)
        case {"type": "input_audio", "input_audio": {"format": "mp3" | "wav"}}:
            return part
    raise Refused(400, "bad-request")


def _file(part: Json) -> Json:
    return {
        "type": "file",
        "file": {"filename": part.get("filename"), "file_data": part.get("file_data") or part.get("file_url")},
    }


# --- what is told ---------------------------------------------------------------------------------


@dataclass
class ResponsesWire(Wire):
    """The events of one streamed response. Items stay open until the next of their kind, a message until the end."""

    id: str = field(init=False, default="")
    _output: list[Json] = field(init=False, default_factory=list)
    _open: dict[int, str] = field(init=False, default_factory=dict)  # types, by index
    _number: int = field(init=False, default=0)
    _finish: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.id = f"resp_{secrets.token_hex(12)}"

    # --- as a stream ---

    def text(self, piece: str) -> bytes:
        return self._say(piece)

    def chunk(self, delta: Json, finish_reason: str | None = None, **more: Any) -> bytes:
        content, images = delta.get("content"), list(delta.get("images") or ())
        if isinstance(content, list):
            images += [part for part in content if part.get("type") == "image_url"]
            content = "".join(part.get("text", "") for part in content)
        logprobs = (more.get("logprobs") or {}).get("content", [])
        sent = self._say(content, logprobs) if content else b""
        sent += b"".join(self._record(record) for record in delta.get("reasoning_details") or ())
        sent += b"".join(self._call(call) for call in delta.get("tool_calls") or ())
        return sent + b"".join(self.image(image["image_url"]["url"]) for image in images)

    def frame(self, choices: Sequence[Json], **more: Any) -> Json:
        """One event for chunks of unusual shape, as far as there is such an event here."""
        delta = next(iter(choices), {}).get("delta") or {}
        fields = {"type": "response.output_text.delta", "output_index": 0, "delta": delta.get("content") or ""}
        return fields if choices else {"type": "response.in_progress", "response": {}}

    def reasoning(self, piece: str) -> bytes:
        return self.detail({"type": "reasoning.text", "text": piece})

    def signature(self, signature: str) -> bytes:
        return self.detail({"type": "reasoning.text", "signature": signature})

    def detail(self, detail: Json) -> bytes:
        """A part of the reasoning. All parts until something else comes are one item."""
        first: Json = {"type": "reasoning", "id": detail.get("id") or f"rs_{secrets.token_hex(8)}", "summary": []}
        index, sent = self._item("reasoning", first)
        item = self._output[index]
        names = {"signature": "signature", "data": "encrypted_content", "format": "format"}
        item |= {ours: detail[theirs] for theirs, ours in names.items() if detail.get(theirs)}
        if text := detail.get("text"):
            content = item.setdefault("content", [{"type": "reasoning_text", "text": ""}])
            content[0]["text"] += text
            return sent + self._delta("response.reasoning_text.delta", index, text, content_index=0)
        if text := detail.get("summary"):
            item["summary"] = item["summary"] or [{"type": "summary_text", "text": ""}]
            item["summary"][0]["text"] += text
            return sent + self._delta("response.reasoning_summary_text.delta", index, text, summary_index=0)
        return sent

    def image(self, url: str, index: int = 0) -> bytes:
        item = {"type": "image_generation_call", "id": f"ig_{secrets.token_hex(8)}", "status": "completed"}
        item["result"] = url.rpartition("base64,")[2]
        return self._whole(item)

    def citations(self, annotations: Sequence[Json]) -> bytes:
        """Sources alone: of what was read in files this API says nothing."""
        index, sent = self._item("message", _message())
        for number, annotation in enumerate(each for each in annotations if each["type"] == "url_citation"):
            cited = {"type": "url_citation", **annotation["url_citation"]}
            self._output[index]["content"][0]["annotations"].append(cited)
            more = {"annotation": cited, "annotation_index": number, "content_index": 0}
            sent += self._event("response.output_text.annotation.added", **self._place(index), **more)
        return sent

    def finish(self, reason: str) -> bytes:
        self._finish = reason
        return self._begin() + b"".join(self._close(index) for index in list(self._open))

    def usage(self, usage: Usage, finish_reason: str, shape: str = "now") -> bytes:
        status = "incomplete" if self._finish in INCOMPLETE else "completed"
        return self._event(f"response.{status}", response=self._response(status, usage))

    def error(self, error: Json, finish_reason: str | None = "error", **more: Any) -> bytes:
        """The failure as a word for many, and a type that is exact."""
        code = error.get("code")
        type_ = code if isinstance(code, str) else ERROR_TYPES.get(int(code or 0), "provider_unavailable")
        failed = self._response("failed", None)
        failed |= {"error": {"code": ERROR_CODES.get(type_, "server_error"), "message": error["message"]}}
        return self._begin() + self._event("response.failed", response=failed | {"error_type": type_})

    # --- as a whole ---

    def completion(self, message: Json, finish_reason: str, usage: Usage | None) -> Json:
        self._finish = finish_reason
        for detail in message.get("reasoning_details") or ():
            self.detail(detail)
        self.chunk({name: message.get(name) for name in ("content", "images", "tool_calls")})
        self.citations(message.get("annotations") or ())
        self.finish(finish_reason)
        return self._response("incomplete" if finish_reason in INCOMPLETE else "completed", usage)

    # --- its parts ---

    def _say(self, text: str, logprobs: Sequence[Json] = ()) -> bytes:
        index, sent = self._item("message", _message())
        self._output[index]["content"][0]["text"] += text
        more = {"content_index": 0, "logprobs": list(logprobs)}
        return sent + self._delta("response.output_text.delta", index, text, **more)

    def _call(self, call: Json) -> bytes:
        """A fragment of a call: one that names a function begins an item."""
        function, sent, index = call["function"], b"", max(self._open, default=0)
        arguments = function.get("arguments", "")
        arguments = arguments if isinstance(arguments, str) else json.dumps(arguments)
        if function.get("name", "").startswith("openrouter:"):
            return self._begin()  # told when it has run
        if function.get("name"):
            call_id = call.get("id") or f"call_{secrets.token_hex(6)}"
            first = {"type": "function_call", "id": f"fc_{secrets.token_hex(6)}", "call_id": call_id, "arguments": ""}
            index, sent = self._item("function_call", first | {"name": function["name"]}, is_new=True)
        self._output[index]["arguments"] += arguments
        if not arguments:
            return sent
        return sent + self._delta("response.function_call_arguments.delta", index, arguments)

    def _record(self, record: Json) -> bytes:
        """What OpenRouter's own tool did, as an item that ran and is done."""
        asked, got = json.loads(record["arguments"]), json.loads(record["result"])
        sources = [{"type": "url", "url": each["url"]} for each in got.get("results", ())]
        action = {"type": "search", "query": asked.get("query", ""), "sources": sources}
        item = {"type": record["tool_name"], "id": record["tool_call_id"], "status": "completed", "action": action}
        return self._whole(item)

    def _whole(self, item: Json) -> bytes:
        index, sent = self._item(item["type"], item, is_new=True)
        return sent + self._close(index)

    def _item(self, kind: str, first: Json, *, is_new: bool = False) -> tuple[int, bytes]:
        """The index of the open item of this kind, and what opens it. It closes all others but the message."""
        index = next((index for index, open_kind in self._open.items() if open_kind == kind and not is_new), None)
        if index is not None:
            return index, b""
        sent = self._begin()
        sent += b"".join(self._close(index) for index, kind in list(self._open.items()) if kind != "message")
        index = len(self._output)
        self._output.append(first)
        self._open[index] = kind
        shown = (
            first
            | ({"status": "in_progress"} if kind != "reasoning" else {})
            | ({"content": []} if kind == "message" else {})
        )
        sent += self._event("response.output_item.added", output_index=index, item=shown)
        if kind == "message":
            part = {"type": "output_text", "text": "", "annotations": []}
            sent += self._event("response.content_part.added", **self._place(index), content_index=0, part=part)
        return index, sent

    def _close(self, index: int) -> bytes:
        kind, item, sent = self._open.pop(index), self._output[index], b""
        if kind != "reasoning":
            item["status"] = "completed"
        if kind == "function_call":
            more = {"name": item["name"], "arguments": item["arguments"]}
            sent = self._event("response.function_call_arguments.done", **self._place(index), **more)
        return sent + self._event("response.output_item.done", output_index=index, item=item)

    def _place(self, index: int) -> Json:
        return {"item_id": self._output[index]["id"], "output_index": index}

    def _delta(self, type_: str, index: int, delta: str, **more: Any) -> bytes:
        return self._event(type_, **self._place(index), delta=delta, **more)

    def _begin(self) -> bytes:
        if self._number:
            return b""
        response = self._response("in_progress", None)
        return self._event("response.created", response=response) + self._event(
            "response.in_progress", response=response
        )

    def _event(self, type_: str, **fields: Any) -> bytes:
        self._number += 1
        content = compact({"type": type_, **fields, "sequence_number": self._number - 1})
        return f"event: {type_}\ndata: {content}\n\n".encode()

    def _response(self, status: str, usage: Usage | None) -> Json:
        reason = INCOMPLETE.get(self._finish)
        nothing = ("error", "instructions", "metadata", "temperature", "top_p", "presence_penalty", "frequency_penalty")
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "completed_at": self.created if status == "completed" else None,
            "model": self.model,
            "status": status,
            "output": self._output if status != "in_progress" else [],
            "incomplete_details": {"reason": reason} if status == "incomplete" else None,
            "tools": [],
            "tool_choice": "auto",
            "parallel_tool_calls": True,
            **dict.fromkeys(nothing),
            **({"usage": _usage(usage)} if usage else {}),
        }


def _message() -> Json:
    part = {"type": "output_text", "text": "", "annotations": []}
    return {"type": "message", "id": f"msg_{secrets.token_hex(8)}", "role": "assistant", "content": [part]}


def _usage(usage: Usage) -> Json:
    told = usage.as_json()
    costs = {
        "upstream_inference_cost": usage.upstream_cost,
        "upstream_inference_input_cost": usage.prompt_cost,
        "upstream_inference_output_cost": usage.completion_cost,
    }
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": told["total_tokens"],
        "cost": usage.cost,
        "cost_details": costs,
        "is_byok": usage.is_byok,
        **{name: value for name, value in told.items() if name == "server_tool_use_details"},
    }
