"""Stores a reply that has ended: text, HTML blocks, usage, and the error if it failed, in one transaction."""

import json
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from chat.models import Conversation, Image, Message, MessageImage, Piece, Reply
from chat.models.prepared import prepared_update
from chat.openrouter import Citation, Event, Finished, Started, Usage
from chat.replies import checkpoint
from chat.replies.lease import worker_name
from chat.replies.live import LiveReply
from chat.replies.render import IMAGE, REASONING, TEXT, Block, Delta, merge_deltas
from chat.replies.sanitize import storable_fields
from chat.replies.sources import add_citation

logger = logging.getLogger(__name__)

GIVE_UP_AFTER_SECONDS = 24 * 60 * 60.0  # how long to retry while the database cannot be reached or the disk is full
MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 15.0


@dataclass
class Outcome:
    """How a reply ended, and what OpenRouter reported about it besides its content."""

    state: str
    fields: dict[str, Any] = field(default_factory=dict)  # values for fields of Reply, by name

    def record(self, event: Event) -> None:
        """Take over what an event reports; events with content report nothing."""
        match event:
            case Started():
                self.fields |= {
                    "generation_id": event.generation_id or "",
                    "answered_by": event.model or "",
                    "provider": event.provider or "",
                }
            case Finished():
                self.fields["finish_reason"] = event.finish_reason
            case Usage():
                self.fields |= {
                    "prompt_tokens": event.prompt_tokens,
                    "completion_tokens": event.completion_tokens,
                    "reasoning_tokens": event.reasoning_tokens,
                    "cached_tokens": event.cached_tokens,
                    "cost": event.cost,
                }
            case Citation():
                self.fields["citations"] = add_citation(self.fields.get("citations", []), event)
            case _:
                pass

    def fail(self, kind: str, message: str, details: dict[str, Any] | None = None) -> None:
        """Record an error: `kind` is a key of chat/streaming/remedies.py, `message` is OpenRouter's."""
        self.state = Reply.State.FAILED
        self.fields |= {"error_kind": kind, "error_message": message, "error_details": details or {}}

    def cancel(self, state: str) -> None:
        """Record that this process ended the reply, on Stop or at shutdown: errors that followed are consequences."""
        self.state = state
        self.fields |= {"error_kind": "worker_died" if state == Reply.State.INTERRUPTED else ""}


def finish(reply: LiveReply, outcome: Outcome, *, message: Message | None = None) -> None:
    """Store the whole reply. Retries for a day while the database fails, since only this process has all the text.

    `message` is the message of the reply, where it is known.
    """
    blocks = reply.final_blocks()
    fields = storable_fields(outcome.fields) | {
        "first_content_at": _as_datetime(reply.first_content_at),
        "first_text_at": _as_datetime(reply.first_text_at),
    }
    give_up_at = time.monotonic() + GIVE_UP_AFTER_SECONDS
    pause_seconds = MIN_PAUSE_SECONDS
    while True:
        try:
            with checkpoint.write_lock:
                store_end(
                    *(reply.reply_id, outcome.state, reply.deltas, blocks, fields),
                    worker=worker_name(),
                    message=message,
                    has_pieces=reply.has_pieces,
                )
            return
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > give_up_at:
                logger.exception("Reply %s could not be stored", reply.reply_id)
                return
            time.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, MAX_PAUSE_SECONDS)


def store_end(
    reply_id: UUID,
    state: str,
    deltas: list[Delta],
    blocks: list[Block],
    fields: dict[str, Any],
    *,
    worker: str = "",
    only_if: Q | None = None,
    message: Message | None = None,
    has_pieces: bool = True,
) -> None:
    """Write the end of a reply: called by its own worker, or by another process after that worker died.

    `fields` are values for fields of Reply. Pass `worker` when the caller made the reply: it may overwrite the end that
    another process wrote because it took this worker for dead, for example while the machine was asleep.
    Nothing is written when the reply has ended already, or when its row does not match `only_if`. `message` is that of
    the reply and `has_pieces` says whether any can be stored: without them the database is asked.
    """
    text = "".join(delta.content for delta in deltas if delta.kind == TEXT)
    reasoning = "\n\n".join(run.content for run in merge_deltas(deltas) if run.kind == REASONING)
    if state == Reply.State.COMPLETE and not text and not any(delta.kind == IMAGE for delta in deltas):
        state = Reply.State.FAILED
        fields = {"error_kind": "nothing_said"} | fields
    values = {
        "state": state,
        "reasoning": reasoning,
        "blocks": [list(block) for block in blocks],
        "finished_at": timezone.now(),
        "error_kind": "",
        **fields,
    }
    with transaction.atomic():
        if only_if:
            written = _not_ended(reply_id, worker).filter(only_if).update(**values)
        else:
            written = _store_values(tuple(values))(reply_id, worker, *values.values())
        if written:
            message = message or Message.objects.get(reply=reply_id)
            _store_text(message.pk, text)
            _store_use(message.conversation_id, timezone.now(), len(text) + len(reasoning))
            _attach_images(message.pk, deltas)
            if has_pieces:
                Piece.objects.filter(reply=reply_id).delete()


def _not_ended(reply_id: Any, worker: Any) -> QuerySet[Reply]:
    """The reply, if it has not ended, or only in the opinion of another process than `worker`."""
    presumed_dead = Q(state=Reply.State.INTERRUPTED, error_kind="worker_died", worker=worker) & ~Q(worker="")
    return Reply.objects.filter(Q(state__in=Reply.RUNNING) | presumed_dead, pk=reply_id)


@cache  # the same few names come again and again
def _store_values(names: tuple[str, ...]) -> "prepared_update[...]":
    fields: list[Any] = [Reply._meta.get_field(name) for name in ("id", "worker", *names)]
    return prepared_update(
        lambda reply_id, worker, *values: (_not_ended(reply_id, worker), dict(zip(names, values, strict=True))), fields
    )


@prepared_update
def _store_text(message: UUID, text: str) -> tuple[QuerySet[Message], dict[str, Any]]:
    return Message.objects.filter(pk=message), {"text": text}


@prepared_update
def _store_use(chat: UUID, at: datetime, characters: int) -> tuple[QuerySet[Conversation], dict[str, Any]]:
    total = F("text_characters") + characters
    return Conversation.objects.filter(pk=chat), {"updated_at": at, "text_characters": total}


def _attach_images(message_id: UUID, deltas: list[Delta]) -> None:
    """Attach the images that the model made to its message, to be sent and deleted with it."""
    ids = [json.loads(delta.content)["id"] for delta in deltas if delta.kind == IMAGE]
    if not ids:
        return
    images = Image.objects.in_bulk(ids)
    MessageImage.objects.filter(message=message_id).delete()
    MessageImage.objects.bulk_create(
        MessageImage(message_id=message_id, image=images[UUID(id_)], position=position)
        for position, id_ in enumerate(ids)
        if UUID(id_) in images
    )


def _as_datetime(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
