"""Turns the body of a chat request into one for the Responses API, without what that API does not have.

Source: OpenRouter's OpenAPI, `ResponsesRequest`; OpenRouter docs, "Responses API".
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from chat.openrouter.answers.responses_items import Item, items_of
from chat.openrouter.connection.upload import EncodedFile
from chat.openrouter.json_fields import as_object

Body = Mapping[str, Any]

# These have the same name and form in both.
SHARED = (
    *("model", "models", "stream", "modalities", "provider", "plugins", "session_id", "user", "metadata", "trace"),
    *("temperature", "top_p", "top_k", "frequency_penalty", "presence_penalty", "top_logprobs", "service_tier"),
    *("parallel_tool_calls", "stop_server_tools_when", "cache_control", "image_config", "route", "debug"),
    *("prompt_cache_key", "prompt_cache_options", "include"),
)
REASONING = ("effort", "summary", "max_tokens", "enabled")
ENCRYPTED_REASONING = "reasoning.encrypted_content"  # which OpenAI's models only send if they are asked, in `include`
MAX_ID_CHARS = 64


def responses_body(body: Body) -> dict[str, Any]:
    """The body for `POST /responses`. Images in it are the same files."""
    found: dict[str, Any] = {name: body[name] for name in SHARED if name in body}
    if limit := body.get("max_completion_tokens") or body.get("max_tokens"):
        found["max_output_tokens"] = limit
    if "reasoning" in body:
        found["reasoning"] = {name: body["reasoning"][name] for name in REASONING if name in body["reasoning"]}
        found.setdefault("include", [ENCRYPTED_REASONING])
    if text := _text(body):
        found["text"] = text
    if "tools" in body:
        found["tools"] = [_tool(tool) for tool in body["tools"]]
    if "tool_choice" in body:
        found["tool_choice"] = _tool_choice(body["tool_choice"])
    return {**found, "input": [item for number, each in enumerate(body["messages"]) for item in _items(each, number)]}


def _text(body: Body) -> dict[str, Any]:
    wanted = as_object(body.get("response_format"))
    flat = {name: value for name, value in wanted.items() if name != "json_schema"} | as_object(
        wanted.get("json_schema")
    )
    return {
        **({"format": flat} if flat else {}),
        **({"verbosity": body["verbosity"]} if "verbosity" in body else {}),
    }


def _tool(tool: Body) -> dict[str, Any]:
    if tool.get("type") != "function":
        return dict(tool)
    return {"type": "function", "parameters": None, **tool["function"]}


def _tool_choice(choice: Any) -> Any:
    function = as_object(as_object(choice).get("function"))
    return {"type": "function", "name": function["name"]} if function else choice


def _items(message: Body, number: int) -> Iterator[Item]:
    """What a message of a chat request is in `input`. `number` makes ids that differ between messages."""
    if message["role"] == "tool":
        output = _content(message.get("content"))
        yield {"type": "function_call_output", "call_id": message["tool_call_id"], "output": output}
    elif message["role"] == "assistant":
        yield from _answer(message, number)
    else:
        yield {"type": "message", "role": message["role"], "content": _content(message.get("content"))}


def _answer(message: Body, number: int) -> Iterator[Item]:
    yield from items_of(message.get("reasoning_details") or (), prefix=f"rs_{number}")
    if text := _words(message.get("content")):
        content = [{"type": "output_text", "text": text, "annotations": []}]
        yield {"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed", "content": content}
    for position, image in enumerate(message.get("images") or ()):
        result = _bare(image["image_url"]["url"])
        yield {
            "type": "image_generation_call",
            "id": f"ig_{number}_{position}",
            "status": "completed",
            "result": result,
        }
    for call in message.get("tool_calls") or ():
        id_ = f"fc_{call['id']}"[:MAX_ID_CHARS]
        yield {"type": "function_call", "id": id_, "call_id": call["id"], **_called(call["function"])}


def _called(function: Body) -> dict[str, Any]:
    return {"name": function["name"], "arguments": function["arguments"]}


def _content(content: Any) -> Any:
    """A text, or a list of parts; parts of an unknown kind are left out."""
    if isinstance(content, list):
        return [part for part in map(_part, content) if part]
    return content or ""


def _part(part: Body) -> dict[str, Any] | None:
    match part:
        case {"type": "text", "text": text}:
            return {"type": "input_text", "text": text}
        case {"type": "image_url", "image_url": {"url": url, **more}}:
            return {"type": "input_image", "detail": more.get("detail") or "auto", "image_url": url}
        case {"type": "file", "file": dict(file)}:
            return {"type": "input_file", **_file(file)}
        case {"type": "input_audio", "input_audio": audio}:
            return {"type": "input_audio", "input_audio": audio}
    return None


def _file(file: dict[str, Any]) -> dict[str, Any]:
    """A file of a message. An address has a field of its own in this API."""
    data = file.get("file_data")
    is_address = isinstance(data, str) and data.startswith(("https://", "http://"))
    named = {name: file[name] for name in ("filename", "file_id") if file.get(name)}
    return {**named, **({"file_url" if is_address else "file_data": data} if data else {})}


def _words(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part["text"]) for part in content if part.get("type") == "text")
    return content or ""


def _bare(url: Any) -> Any:
    if isinstance(url, EncodedFile):
        return replace(url, is_url=False)
    return str(url).rpartition("base64,")[2]
