"""A chat as JSON, with all its versions: docs/export-format.md says what is in it."""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from chat.archive.export_messages import all_ids, reply_of, whole
from chat.archive.filenames import picture_file
from chat.models import Conversation, Message, MessagePicture, Reply
from chat.replies.typeset import TEXT

FORMAT, VERSION = "potluck-chat", 1
TOKENS = ("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens")


def chat_json(conversation: Conversation) -> Iterator[str]:
    """Its text, a message at a time."""
    head = json.dumps(_head(conversation), ensure_ascii=False, indent=1)
    yield head.removesuffix("\n}") + ',\n "messages": ['
    separator = "\n  "
    for message in whole(all_ids(conversation)):
        yield separator + json.dumps(_message(message), ensure_ascii=False)
        separator = ",\n  "
    yield "\n ]\n}\n"


def _head(conversation: Conversation) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": _moment(timezone.now()),
        "id": str(conversation.id),
        "title": conversation.title,
        "title_by": conversation.title_by,
        "title_cost": _dollars(conversation.title_cost),
        "model": conversation.model,
        "created_at": _moment(conversation.created_at),
        "updated_at": _moment(conversation.updated_at),
        "pinned_at": _moment(conversation.pinned_at),
        "is_temporary": conversation.is_temporary,
    }


def _message(message: Message) -> dict[str, Any]:
    reply = reply_of(message)
    return {
        "id": str(message.id),
        "parent": _id(message.parent_id),
        "role": message.role,
        "text": message.text,
        "created_at": _moment(message.created_at),
        "edited_at": _moment(message.edited_at),
        "deleted_at": _moment(message.deleted_at),
        "pictures": _pictures(message),
        "attachments": [{"name": each.name, "text": each.text} for each in message.attachments.all()],
        "reply": _reply(reply) if reply else None,
    }


def _pictures(message: Message) -> list[dict[str, Any]]:
    places = list(message.pictures_in_order.all())
    reply = reply_of(message)
    before = _blocks_before(reply, places) if reply and places else {}
    return [_picture(place) | before.get(place.picture_id, {}) for place in places]


def _picture(place: MessagePicture) -> dict[str, Any]:
    picture = place.picture
    return {
        "file": picture_file(picture),
        "sha256": picture.sha256,
        "content_type": picture.content_type,
        "width": picture.width,
        "height": picture.height,
        "is_sent_along": place.is_sent_along,
    }


def _blocks_before(reply: Reply, places: list[MessagePicture]) -> dict[Any, dict[str, int]]:
    """Where in the answer the model's own pictures stand: Markdown never makes an <img>, so each is theirs."""
    images = {place.picture_id: f'<img src="{place.picture.url}"' for place in places}
    found: dict[Any, dict[str, int]] = {}
    texts = 0
    for html in (html for kind, html in reply.blocks if kind == TEXT):
        here = [picture for picture, image in images.items() if image in html]
        found |= {picture: {"after_blocks": texts} for picture in here}
        texts += not here
    return found


def _reply(reply: Reply) -> dict[str, Any]:
    return {
        "state": reply.state,
        "model": reply.model,
        "answered_by": reply.answered_by,
        "provider": reply.provider,
        "generation_id": reply.generation_id,
        "max_completion_tokens": reply.max_completion_tokens,
        "asked_at": _moment(reply.asked_at),
        "started_at": _moment(reply.started_at),
        "first_content_at": _moment(reply.first_content_at),
        "first_text_at": _moment(reply.first_text_at),
        "finished_at": _moment(reply.finished_at),
        "finish_reason": reply.finish_reason,
        "continues": _continued(reply),
        "is_copy": reply.is_copy,
        "reasoning": reply.reasoning,
        "citations": reply.citations,
        "usage": {name: getattr(reply, name) for name in TOKENS},
        "cost": _dollars(reply.cost),
        "is_cost_looked_up": reply.is_cost_looked_up,
        "error": {"kind": reply.error_kind, "message": reply.error_message} if reply.error_kind else None,
    }


def _continued(reply: Reply) -> str | None:
    return _id(reply.continues.message_id) if reply.continues_id and reply.continues else None


def _id(value: object) -> str | None:
    return str(value) if value else None


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _dollars(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
