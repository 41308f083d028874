"""What a person paid for: the request behind an answer, as JSON that can be read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from chat import formats
from chat.model_request.body import ChatRequest, request_for, stored_request
from chat.model_request.outline import DETAILS, PREFILL
from chat.models import Reply
from chat.openrouter import EncodedFile, body_bytes
from chat.rendering.forbidden_characters import NOT_SHOWN
from chat.upstream import client

ENCRYPTED = "encrypted_content"
MAX_DETAILS_CHARACTERS = 2_000  # of one answer; longer reasoning is mostly encrypted, and nobody can read it


@dataclass(frozen=True)
class SentRequest:
    """A request to OpenRouter."""

    is_stored: bool  # as it was sent; else as it would be sent now
    made_at: datetime
    size_bytes: int  # of the body, images included
    body: str  # JSON; images by their size
    notes: list[str]  # what is not as it was sent, and what happened before
    head: str  # address and headers, with words in place of the key


def sent_request(reply: Reply) -> SentRequest:
    """The request that made the reply, or the one that would make it now. Raises NoMedia."""
    stored = stored_request(reply)
    request = stored or request_for(reply, makes_versions=False)
    notes = [*_refusals(request), *_changes(request)]  # before the body is made: deleted texts get a mark
    body = request.api.body(request.body())
    size_bytes = request.outline.size_bytes or body_bytes(body)
    return SentRequest(
        is_stored=stored is not None,
        made_at=request.outline.made_at,
        size_bytes=size_bytes,
        body=_as_text(body),
        notes=notes,
        head=client().chat_head(body_bytes=size_bytes, key=_("(your key)"), api=request.api),
    )


def _refusals(request: ChatRequest) -> Iterator[str]:
    sentences = {
        DETAILS: _(
            "The provider refused the reasoning of earlier answers. This is the request that was then sent without it."
        ),
        PREFILL: _("The model refused to continue a text. This is the request that was then sent without that text."),
    }
    yield from (sentences[each] for each in request.outline.refused)


def _changes(request: ChatRequest) -> Iterator[str]:
    """Say which messages are not as they were, and mark the deleted ones in their texts, which are not saved."""
    made_at = request.outline.made_at
    for number, message in enumerate(request.messages, start=1 + len(request.outline.body["messages"])):
        if message.deleted_at and message.deleted_at > made_at:
            message.text = _("[deleted]")
            yield _("Message %(number)s has been deleted since.") % {"number": formats.number(number)}
        elif message.edited_at and message.edited_at > made_at:
            text = _("Message %(number)s has been edited since. This is its current text.")
            yield text % {"number": formats.number(number)}


def _as_text(body: dict[str, Any]) -> str:
    """The body as indented JSON, with escapes for characters that disguise a text or that HTML forbids."""
    shown = {name: list(map(_shown_message, body[name])) for name in ("messages", "input") if name in body}
    text = json.dumps({**body, **shown}, ensure_ascii=False, indent=2, default=_shown_image)
    return NOT_SHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _shown_message(message: dict[str, Any]) -> dict[str, Any]:
    """A message, or an item of the Responses API, with the size in place of long reasoning."""
    sizes = {name: len(json.dumps(message[name])) for name in (DETAILS, ENCRYPTED) if name in message}
    long = {name: _size(size) for name, size in sizes.items() if size > MAX_DETAILS_CHARACTERS}
    return {**message, **long}


def _shown_image(value: object) -> str:
    if not isinstance(value, EncodedFile):
        raise TypeError(f"{type(value).__name__} is not JSON")
    return f"data:{value.content_type};base64,{_size(value.size_bytes)}"


def _size(size_bytes: int) -> str:
    return _("[%(count)s bytes]") % {"count": formats.number(size_bytes)}
