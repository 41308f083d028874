"""Reads what was said in a recording.

Source: OpenRouter's openapi.yaml, `STTResponse`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chat.openrouter.errors.kinds import Unreadable
from chat.openrouter.json_fields import as_decimal, as_int, as_object, as_text


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was said in a recording, perhaps nothing. `cost` is in US dollars, None if OpenRouter did not say."""

    text: str
    cost: Decimal | None
    prompt_tokens: int | None
    completion_tokens: int | None
    generation_id: str


def read_transcription(body: Mapping[str, Any], generation_id: str) -> Transcription:
    """Return the text in a response of /audio/transcriptions. Raises Unreadable."""
    usage = as_object(body.get("usage"))
    if not isinstance(body.get("text"), str):
        raise Unreadable(generation_id=generation_id)
    return Transcription(
        text=body["text"].strip(),
        cost=as_decimal(usage.get("cost")),
        prompt_tokens=as_int(usage.get("input_tokens")),
        completion_tokens=as_int(usage.get("output_tokens")),
        generation_id=generation_id or as_text(body.get("id")),
    )
