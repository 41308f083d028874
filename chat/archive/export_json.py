"""Exports a chat as JSON, with all branches. The format is described in docs/export-format.md."""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from chat.archive.export_messages import message_ids, read_messages, reply_of
from chat.archive.filenames import image_filename, stored_filename
from chat.models import Conversation, Message, MessageFile, MessageImage, Reply
from chat.reply_content.deltas import TEXT

FORMAT, VERSION = "potluck-chat", 1
TOKENS = (
    *("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "cache_write_tokens"),
    "last_prompt_tokens",
)


def write_chat_json(conversation: Conversation) -> Iterator[str]:
    """Yield the JSON text, a message at a time."""
    head = json.dumps(_head(conversation), ensure_ascii=False, indent=1)
    yield head.removesuffix("\n}") + ',\n "messages": ['
    separator = "\n  "
    for message in read_messages(message_ids(conversation)):
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
        "settings": conversation.settings,
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
        "web": bool(message.web),
        "created_at": _moment(message.created_at),
        "edited_at": _moment(message.edited_at),
        "deleted_at": _moment(message.deleted_at),
        "pictures": _images(message),
        "files": [_file(place) for place in message.files_in_order.all()],
        "attachments": [{"name": each.name, "text": each.text} for each in message.attachments.all()],
        "reply": _reply(reply) if reply else None,
    }


def _images(message: Message) -> list[dict[str, Any]]:
    places = list(message.images_in_order.all())
    reply = reply_of(message)
    before = _blocks_before(reply, places) if reply and places else {}
    return [_image(place) | before.get(place.image_id, {}) for place in places]


def _image(place: MessageImage) -> dict[str, Any]:
    image = place.image
    return {
        "file": image_filename(image),
        "sha256": image.sha256,
        "content_type": image.content_type,
        "width": image.width,
        "height": image.height,
        "is_sent_along": place.is_sent_along,
    }


def _file(place: MessageFile) -> dict[str, Any]:
    common = {"name": place.name, "is_sent_along": place.is_sent_along}
    if place.file is None:
        return {"address": place.address, **common}
    return {
        "file": stored_filename(place.file),
        "sha256": place.file.sha256,
        "content_type": place.file.content_type,
        "size_bytes": place.file.size_bytes,
        "pages": place.file.pages,
        **common,
    }


def _blocks_before(reply: Reply, places: list[MessageImage]) -> dict[Any, dict[str, int]]:
    """Return, by image, how many text blocks of the answer are before it.

    It looks for <img> tags, which all belong to the model's images, because Markdown never becomes an <img>.
    """
    images = {place.image_id: f'<img src="{place.image.url}"' for place in places}
    found: dict[Any, dict[str, int]] = {}
    texts = 0
    for html in (html for kind, html in reply.blocks if kind == TEXT):
        in_this_block = [id_ for id_, tag in images.items() if tag in html]
        found |= {id_: {"after_blocks": texts} for id_ in in_this_block}
        texts += not in_this_block
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
        "reasoning_details": reply.reasoning_details,
        "file_annotations": reply.file_annotations,
        "rounds": reply.rounds,
        "citations": reply.citations,
        "usage": {name: getattr(reply, name) for name in TOKENS},
        "cost": _dollars(reply.cost),
        "cost_details": reply.cost_details,
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
