"""The messages of a chat, a few at a time: neither memory nor a connection is held for all of them."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import close_old_connections

from chat.models import Conversation, Message, Reply
from chat.replies.recover import stored_deltas
from chat.replies.render import REASONING, TEXT, Delta, merge_deltas

BATCH = 20  # messages read at once; an answer may have some hundred kilobytes


def all_ids(conversation: Conversation) -> list[UUID]:
    """Of every message, oldest first."""
    return list(conversation.messages.order_by("created_at", "pk").values_list("pk", flat=True))


def read_messages(ids: list[UUID]) -> Iterator[Message]:
    """Those that are still there, in this order, with images, attachments and reply (without its blocks)."""
    messages = Message.objects.select_related("reply__continues")
    messages = messages.defer("reply__blocks", "reply__continues__blocks", "reply__continues__reasoning")
    messages = messages.prefetch_related("images_in_order__image", "attachments")
    for begin in range(0, len(ids), BATCH):
        part = ids[begin : begin + BATCH]
        found = messages.in_bulk(part)
        for reply in filter(None, map(reply_of, found.values())):
            _fill_in_if_running(reply)
        close_old_connections()
        yield from (found[id_] for id_ in part if id_ in found)


def reply_of(message: Message) -> Reply | None:
    return getattr(message, "reply", None)


def _fill_in_if_running(reply: Reply) -> None:
    """What has come so far of an answer that is being written: nothing is saved."""
    if reply.is_running:
        deltas = stored_deltas(reply.pk)
        reply.message.text = _said(deltas, TEXT, "")
        reply.reasoning = _said(deltas, REASONING, "\n\n")


def _said(deltas: Iterable[Delta], kind: str, between: str) -> str:
    return between.join(run.content for run in merge_deltas(deltas) if run.kind == kind)
