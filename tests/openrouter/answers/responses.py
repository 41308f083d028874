"""Answers of the Responses API, put together event by event, and read."""

import json
from typing import Any

from chat.openrouter.answers.chat_completions import merge_adjacent
from chat.openrouter.answers.responses_stream import ResponsesReader
from chat.openrouter.connection.sse import EventParser
from tests.standin.details import FORMS
from tests.standin.responses import ResponsesWire
from tests.standin.tool_calls import Calls, Search, ToolUse, search_citations
from tests.standin.wire import Usage as Spent

PNG = "data:image/png;base64,iVBORw0KGgo="
QUESTION = {"role": "user", "content": "Hello?"}
REASONING_ITEM = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "First"}, {"type": "summary_text", "text": "Second"}],
    "content": [{"type": "reasoning_text", "text": "One"}, {"type": "reasoning_text", "text": "Two"}],
    "encrypted_content": "gAAAA",
    "signature": "Evs=",
    "format": "anthropic-claude-v1",
}
USAGE = {
    "input_tokens": 7,
    "input_tokens_details": {"cached_tokens": 3},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": 12,
    "cost": 0.000123,
}


def everything(*, searches: bool = True) -> bytes:
    """A stream with all that the stand-in can say."""
    wire = ResponsesWire("gen-1", 1767000000, "maker/model", "Somebody")
    calls = ToolUse([], [], False).chunks(Calls(["calculator"], ['{"expression": "6*7", "unit": "é"}']))
    spent = Spent(7, 5, 0.0001, 0.0002, 2)
    pieces = [
        *(wire.detail(detail) for detail in FORMS["summary"]),
        *(wire.chunk(delta) for delta in (Search().deltas() if searches else ())),
        *map(wire.text, ["Hello", " to", " you: 🍲é", "\n"]),
        wire.image(PNG),
        *(wire.chunk(delta) for delta in calls),
        wire.citations(search_citations()),
        wire.finish("tool_calls"),
        wire.usage(spent, "tool_calls"),
        b"data: [DONE]\n\n",
    ]
    return b"".join(pieces)


def events_of(stream: bytes, size: int) -> tuple[list[Any], ResponsesReader]:
    parser, reader, events = EventParser(), ResponsesReader("gen-1"), []
    for start in range(0, len(stream), size):
        events += [event for each in parser.feed(stream[start : start + size]) for event in reader.read(each)]
    return merge_adjacent([*events, *reader.end()]), reader


def answer(*payloads: dict[str, Any], id_: str | None = None) -> tuple[list[Any], ResponsesReader]:
    reader = ResponsesReader(id_)
    events = [event for payload in payloads for event in reader.read(json.dumps(payload))]
    return merge_adjacent([*events, *reader.end()]), reader


def response(status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "model": "maker/model", "status": status, "output": [], **more}
