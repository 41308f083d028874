"""Reads OpenRouter's record of an answer, from which its cost can still be learned afterwards."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chat.openrouter.json_fields import as_decimal, as_int, as_object, as_text


@dataclass(frozen=True, slots=True)
class Generation:
    """OpenRouter's record of one answer. Costs are in US dollars; tokens are counted by the model's own tokenizer."""

    id: str
    model: str
    provider: str
    finish_reason: str
    is_cancelled: bool
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cached_tokens: int
    total_cost: Decimal | None


def read_generation(body: dict[str, Any]) -> Generation:
    """Return the record in a response of /generation."""
    data = as_object(body.get("data"))
    return Generation(
        id=as_text(data.get("id")),
        model=as_text(data.get("model")),
        provider=as_text(data.get("provider_name")),
        finish_reason=as_text(data.get("finish_reason")),
        is_cancelled=data.get("cancelled") is True,
        prompt_tokens=as_int(data.get("native_tokens_prompt")) or 0,
        completion_tokens=as_int(data.get("native_tokens_completion")) or 0,
        reasoning_tokens=as_int(data.get("native_tokens_reasoning")) or 0,
        cached_tokens=as_int(data.get("native_tokens_cached")) or 0,
        total_cost=as_decimal(data.get("total_cost")),
    )
