"""Sends OpenRouter back what it has read in files, so that nobody pays twice for reading the same one.

Source: OpenRouter docs, "PDF Inputs", section "Skip Parsing Costs".
"""

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from chat.models import Message
from chat.openrouter.answer_parts.file_annotations import file_annotations_in, hash_of, name_of

ANNOTATIONS = "annotations"
MAX_CHARACTERS = 6_000_000  # in one request, as JSON; files are read again then


def annotations_to_send(history: list[Message], names: Collection[str]) -> dict[UUID, dict[str, Any]]:
    """The field to add to answers of the `history`, which is from `path_to`, by their ids.

    `names` are those of the files in the request: what was read in others is not sent.
    """
    found: dict[UUID, dict[str, Any]] = {}
    seen: set[str] = set()
    characters = 0
    for message in reversed(history if names else []):
        encoded = _annotations_of(message)
        characters += len(encoded)
        if characters > MAX_CHARACTERS:
            break
        wanted = [each for each in file_annotations_in(json.loads(encoded or "[]")) if name_of(each) in {"", *names}]
        if new := [each for each in wanted if hash_of(each) not in seen]:
            found[message.pk] = {ANNOTATIONS: new}
            seen |= set(map(hash_of, new))
    return found


def annotations_bytes(message: Message) -> int:
    """How many bytes they add to a request, at most."""
    return len(_annotations_of(message))


def _annotations_of(message: Message) -> str:
    encoded: str | None = getattr(message, "file_annotations", None)
    return "" if message.deleted_at else encoded or ""
