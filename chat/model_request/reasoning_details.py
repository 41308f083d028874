"""Sends models the reasoning of their earlier answers back, unchanged, so that they can go on with it.

Only complete answers have it, because providers refuse half a signature. Only models of the same maker get it: nobody
else can read what is signed or encrypted. A provider that refuses it is asked again without (chat/replies/refusals.py).
Source: OpenRouter docs, "Reasoning Tokens", section "Preserving Reasoning Blocks".
"""

import json
from typing import Any
from uuid import UUID

from chat.model_request.outline import DETAILS
from chat.models import Message, Reply
from chat.openrouter.answer_parts.reasoning_details import MAX_CHARACTERS as MAX_CHARACTERS_OF_ANSWER
from chat.openrouter.answer_parts.reasoning_details import are_details

MAX_CHARACTERS = 4_000_000  # in one request, as JSON; older answers go without then
ROUTER = "openrouter"  # the maker of models that choose another one, like openrouter/auto


def details_to_send(reply: Reply, history: list[Message]) -> dict[UUID, dict[str, Any]]:
    """The field to add to messages of the `history`, which is from `path_to`, by their ids.

    Whom a router will choose is not known: it counts as the maker of the last answer.
    """
    maker = maker_of(reply.model)
    if maker in ("", ROUTER):
        maker = next(filter(None, map(_maker_of_answer, reversed(history))), "")
    found: dict[UUID, dict[str, Any]] = {}
    characters = 0
    for message in reversed(history):
        encoded = _details_of(message) if maker and _maker_of_answer(message) == maker else ""
        characters += len(encoded)
        if characters > MAX_CHARACTERS:
            break
        if encoded:
            found[message.pk] = {DETAILS: json.loads(encoded)}
    return found


def can_be_sent(encoded: str) -> bool:
    """Whether a text from a file is as `Reply.reasoning_details` are."""
    return len(encoded) <= MAX_CHARACTERS_OF_ANSWER and are_details(encoded)


def details_bytes(message: Message) -> int:
    """How many bytes they add to a request, at most."""
    return len(_details_of(message))


def maker_of(model_id: str) -> str:
    """The maker in a model's id: "openai" in "openai/gpt-5" and in "~openai/gpt-latest"; "" for a preset."""
    maker, slash, _ = model_id.removeprefix("~").partition("/")
    return maker if slash and not maker.startswith("@") else ""


def _maker_of_answer(message: Message) -> str:
    answered_by, asked = getattr(message, "answered_by", None), getattr(message, "asked_model", None)
    return maker_of(answered_by or "") or maker_of(asked or "")


def _details_of(message: Message) -> str:
    """As JSON; "" if there are none, or the answer is not the model's any more."""
    encoded: str | None = getattr(message, "reasoning_details", None)
    return "" if message.edited_at or message.deleted_at else encoded or ""
