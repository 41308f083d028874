"""Reads the messages of a chat for an export in batches, without keeping all in memory or a connection open."""

from collections.abc import Iterator
from uuid import UUID

from django.db import close_old_connections

from chat.models import Conversation, Message, Reply
from chat.models.reply import LARGE_FIELDS
from chat.replies.recover import stored_deltas
from chat.reply_content.deltas import REASONING, merge_deltas, text_of

UNUSED = ("blocks", "reasoning", *LARGE_FIELDS)  # of the answer that another continues
BATCH = 20  # messages read at once; an answer may have some hundred kilobytes


def message_ids(conversation: Conversation) -> list[UUID]:
    """Return the ids of all messages of a chat, oldest first."""
    return list(conversation.messages.order_by("created_at", "pk").values_list("pk", flat=True))


def read_messages(ids: list[UUID]) -> Iterator[Message]:
    """Yield the messages that still exist, in the given order, with everything but the blocks of replies."""
    messages = Message.objects.select_related("reply__continues")
    messages = messages.defer("reply__blocks", "reply__logprobs", *(f"reply__continues__{name}" for name in UNUSED))
    messages = messages.prefetch_related("images_in_order__image", "files_in_order__file", "attachments")
    for begin in range(0, len(ids), BATCH):
        batch = ids[begin : begin + BATCH]
        found = messages.in_bulk(batch)
        for reply in filter(None, map(reply_of, found.values())):
            _fill_in_if_running(reply)
        close_old_connections()
        yield from (found[id_] for id_ in batch if id_ in found)


def reply_of(message: Message) -> Reply | None:
    return getattr(message, "reply", None)


def _fill_in_if_running(reply: Reply) -> None:
    """Set the text that a running reply has so far, without saving it."""
    if reply.is_running:
        deltas = stored_deltas(reply.pk)
        reply.message.text = text_of(deltas)
        reply.reasoning = "\n\n".join(run.content for run in merge_deltas(deltas) if run.kind == REASONING)
