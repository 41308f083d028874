"""Chunks of a streamed answer, in OpenRouter's shape."""

import json
from typing import Any

DONE = b"data: [DONE]\n\n"
COMMENT = b": OPENROUTER PROCESSING\n\n"


def chunk(delta: object = None, **others: Any) -> bytes:
    """Return an event with one choice; `finish_reason` goes into the choice, all else beside it."""
    choice = {"index": 0, "delta": delta, "finish_reason": others.pop("finish_reason", None)}
    head = {"id": "gen-1", "model": "maker/model", "provider": "Somebody", "choices": [choice]}
    return event(head | others)


def text(words: str, **others: Any) -> bytes:
    return chunk({"role": "assistant", "content": words}, **others)


def finish(reason: str = "stop", **others: Any) -> bytes:
    return chunk({"role": "assistant", "content": ""}, finish_reason=reason, **others)


def usage(**others: Any) -> dict[str, Any]:
    return {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12, "cost": 0.000123} | others


def event(payload: object) -> bytes:
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"


ANSWER = (text("Hel"), text("lo"), finish(), event({"id": "gen-1", "choices": [], "usage": usage()}), DONE)
