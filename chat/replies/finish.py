"""The end of a reply: its pieces become a message with final HTML, in one transaction."""

import json
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from chat.models import Conversation, Image, Message, MessageImage, Piece, Reply
from chat.openrouter import Citation, Event, Finished, Started, Usage
from chat.replies import checkpoint
from chat.replies.lease import worker_name
from chat.replies.live import LiveReply
from chat.replies.render import IMAGE, REASONING, TEXT, Block, Delta, joined
from chat.replies.sanitize import storable_facts
from chat.replies.sources import with_source

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 24 * 60 * 60.0  # how long a finished reply waits for a database that is away, or for space
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 15.0


@dataclass
class Outcome:
    """How a reply ended, and what OpenRouter said about it besides its text."""

    state: str
    facts: dict[str, Any] = field(default_factory=dict)  # columns of Reply

    def note(self, event: Event) -> None:
        match event:
            case Started():
                self.facts |= {
                    "generation_id": event.generation_id or "",
                    "answered_by": event.model or "",
                    "provider": event.provider or "",
                }
            case Finished():
                self.facts["finish_reason"] = event.finish_reason
            case Usage():
                self.facts |= {
                    "prompt_tokens": event.prompt_tokens,
                    "completion_tokens": event.completion_tokens,
                    "reasoning_tokens": event.reasoning_tokens,
                    "cached_tokens": event.cached_tokens,
                    "cost": event.cost,
                }
            case Citation():
                self.facts["citations"] = with_source(self.facts.get("citations", []), event)
            case _:
                pass

    def fail(self, kind: str, message: str, details: dict[str, Any] | None = None) -> None:
        self.state = Reply.State.FAILED
        self.facts |= {"error_kind": kind, "error_message": message, "error_details": details or {}}

    def cut(self, state: str) -> None:
        """We ended it ourselves, by Stop or because this process ends: an error that followed means nothing."""
        self.state = state
        self.facts |= {"error_kind": "worker_died" if state == Reply.State.INTERRUPTED else ""}


def finish(reply: LiveReply, outcome: Outcome) -> None:
    """Store the whole reply; a database that is away is waited for, since only this process has the text."""
    blocks = reply.final_blocks()
    facts = storable_facts(outcome.facts) | {
        "first_content_at": _moment(reply.first_content_at),
        "first_text_at": _moment(reply.first_text_at),
    }
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    pause_seconds = SHORTEST_PAUSE_SECONDS
    while True:
        try:
            with checkpoint.writing:
                store_end(reply.reply_id, outcome.state, reply.deltas, blocks, facts, maker=worker_name())
            return
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > give_up_at:
                logger.exception("Reply %s could not be stored", reply.reply_id)
                return
            time.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)


def store_end(
    reply_id: UUID,
    state: str,
    deltas: list[Delta],
    blocks: list[Block],
    facts: dict[str, Any],
    *,
    maker: str = "",
    only_if: Q | None = None,
) -> None:
    """Write the end of a reply, whoever saw it: its maker, or another process after its maker died.

    A `maker` that was only taken for dead, because the database was away or the machine asleep, has the last word.
    `only_if` is what has to be true of the row for it to be written.
    """
    text = "".join(delta.content for delta in deltas if delta.kind == TEXT)
    reasoning = "\n\n".join(run.content for run in joined(deltas) if run.kind == REASONING)
    if state == Reply.State.COMPLETE and not text and not any(delta.kind == IMAGE for delta in deltas):
        state = Reply.State.FAILED
        facts = {"error_kind": "nothing_said"} | facts
    with transaction.atomic():
        taken_for_dead = Q(state=Reply.State.INTERRUPTED, error_kind="worker_died", worker=maker)
        mine = Reply.objects.filter(Q(state__in=Reply.RUNNING) | taken_for_dead & ~Q(worker=""), pk=reply_id)
        mine = mine.filter(only_if or Q())
        written = mine.update(
            state=state,
            reasoning=reasoning,
            blocks=[list(block) for block in blocks],
            finished_at=timezone.now(),
            **({"error_kind": ""} | facts),
        )
        if written:
            messages = Message.objects.filter(reply=reply_id)
            message_id, conversation_id = messages.values_list("pk", "conversation").get()
            Message.objects.filter(pk=message_id).update(text=text)
            more = F("text_characters") + len(text) + len(reasoning)
            Conversation.objects.filter(pk=conversation_id).update(updated_at=timezone.now(), text_characters=more)
            _place_images(message_id, deltas)
            Piece.objects.filter(reply=reply_id).delete()


def _place_images(message_id: UUID, deltas: list[Delta]) -> None:
    """Images that the model made belong to its message: they go along in the history, and go with the chat."""
    ids = [json.loads(delta.content)["id"] for delta in deltas if delta.kind == IMAGE]
    if not ids:
        return
    kept = Image.objects.in_bulk(ids)
    MessageImage.objects.filter(message=message_id).delete()
    MessageImage.objects.bulk_create(
        MessageImage(message_id=message_id, image=kept[UUID(id_)], position=position)
        for position, id_ in enumerate(ids)
        if UUID(id_) in kept
    )


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
