"""Stores a reply that has ended: text, HTML blocks, usage, and the error if it failed, in one transaction."""

import json
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from chat.conversations.quota import MESSAGE_CHARACTERS, characters_in
from chat.models import Conversation, Image, Message, MessageImage, Piece, Reply
from chat.models.prepared_queries import prepared_update
from chat.models.reply import LARGE_FIELDS
from chat.openrouter import Citation, Event, Finished, Started, Usage
from chat.replies import checkpoint
from chat.replies.lease import worker_name
from chat.replies.live import LiveReply
from chat.reply_content.deltas import IMAGE, REASONING, Delta, merge_deltas, text_of
from chat.reply_content.render import Block, render_final_blocks
from chat.reply_content.rounds import SUMMED, add_rounds, as_log, generations_of, rounds_of, steps_of
from chat.reply_content.sources import add_citation
from chat.reply_content.steps import Round
from chat.sanitize import storable_dollars, storable_fields
from chat.spending.ledger import charge_of_answer, insert_or_replace

logger = logging.getLogger(__name__)

GIVE_UP_AFTER_SECONDS = 24 * 60 * 60.0  # how long to retry while the database cannot be reached or the disk is full
FREE_REQUEST_CHARACTERS = 3_000  # of the outline of a request, which nobody wrote; a long system prompt has more
MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 15.0


# What each request for an answer reports for itself.
OF_ONE_REQUEST = (*SUMMED, "cost", "cost_details", "finish_reason", "generation_id", "reasoning_details")


@dataclass
class Outcome:
    """How a reply ended, and what OpenRouter reported about it besides its content."""

    state: str
    fields: dict[str, Any] = field(default_factory=dict)  # values for fields of Reply, by name, of the last request
    shown_deltas: list[Delta] | None = None  # what the page shows, where that is not what arrived

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
                    "cache_write_tokens": event.cache_write_tokens,
                    "cost": event.cost,
                    "cost_details": event.cost_details.as_json() or None,
                }
            case Citation():
                self.fields["citations"] = add_citation(self.fields.get("citations", []), event)
            case _:
                pass

    def begin_request(self, citations: list[dict[str, Any]]) -> None:
        """Note that a request is sent. `citations` are those of the answer that it continues."""
        self.fields.setdefault("citations", list(citations))
        self.fields = {name: value for name, value in self.fields.items() if name not in OF_ONE_REQUEST}

    def end_round(self, reasoning_details: str) -> Round:
        """Take out what a request reported that called tools; another one follows."""
        cost = self.fields.get("cost")
        ended = Round(
            generation_id=self.fields.get("generation_id") or "",
            cost=None if cost is None else f"{storable_dollars(cost) or 0:f}",
            **{name: self.fields.get(name) for name in (*SUMMED, "cost_details")},
            reasoning_details=reasoning_details,
        )
        self.fields = {name: value for name, value in self.fields.items() if name not in OF_ONE_REQUEST}
        self.fields |= {"generation_id": ended.generation_id, "cost": Decimal(0), "reasoning_details": None}
        return ended

    def fail(self, kind: str, message: str, details: dict[str, Any] | None = None) -> None:
        """Record an error: `kind` is a key of chat/streaming/remedies.py, `message` is OpenRouter's."""
        self.state = Reply.State.FAILED
        self.fields |= {"error_kind": kind, "error_message": message, "error_details": details or {}}

    def refuse(self, rounds: list[Round]) -> None:
        """Record what the last request cost: nothing, if OpenRouter refused it before it had a generation."""
        if not self.fields.get("generation_id"):
            # Costs of earlier requests that are still unknown are looked up only for a row that has a generation.
            self.fields |= {"cost": Decimal(0), "generation_id": rounds[-1].generation_id if rounds else ""}

    def cancel(self, state: str) -> None:
        """Record that this process ended the reply, on Stop or at shutdown: errors that followed are consequences."""
        self.state = state
        self.fields |= {"error_kind": "worker_died" if state == Reply.State.INTERRUPTED else ""}


def finish(live: LiveReply, outcome: Outcome, *, reply: Reply | None = None) -> None:
    """Store the whole reply. Retries for a day while the database fails, since only this process has all the text.

    `reply` is its row, with message and conversation, where that is known.
    """
    blocks = render_final_blocks(outcome.shown_deltas) if outcome.shown_deltas else live.final_blocks()
    fields = storable_fields(outcome.fields) | {
        "first_content_at": _as_datetime(live.first_content_at),
        "first_text_at": _as_datetime(live.first_text_at),
    }
    end = End(live.reply_id, outcome.state, live.deltas, blocks, fields, worker_name(), reply=reply, live=live)
    waiting = WaitingEnd(end)
    give_up_at = time.monotonic() + GIVE_UP_AFTER_SECONDS
    pause_seconds = MIN_PAUSE_SECONDS
    while True:
        try:
            return waiting.store_with_others()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > give_up_at:
                logger.exception("Reply %s could not be stored", live.reply_id)
                return
            time.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, MAX_PAUSE_SECONDS)


class WaitingEnd:
    """The end of a reply, to be stored in one transaction with those of other replies that end at the same moment."""

    waiting: ClassVar[list["WaitingEnd"]] = []  # for the lock

    def __init__(self, end: "End") -> None:
        self._end = end
        self._is_alone = False  # since it could not be stored with others

    def store_with_others(self) -> None:
        """Return when it is stored, by this thread or another. Raises what storing it alone raises."""
        self.waiting.append(self)
        time.sleep(0)  # let others come
        with checkpoint.write_lock:
            if self in self.waiting:
                self._store_all(self._take())

    def _take(self) -> list["WaitingEnd"]:
        taken = [self] if self._is_alone else [end for end in self.waiting if not end._is_alone]
        for end in taken:
            self.waiting.remove(end)
        return taken

    def _store_all(self, ends: list["WaitingEnd"]) -> None:
        try:
            store_ends([each._end for each in ends])
        except Exception:
            if len(ends) == 1:
                raise
            for end in ends:  # the others come for themselves
                end._is_alone = True
            self.waiting.extend(end for end in ends if end is not self)
            self._store_all([self])


def store_end(
    reply_id: UUID,
    state: str,
    deltas: list[Delta],
    blocks: list[Block],
    fields: dict[str, Any],
    *,
    worker: str = "",
    only_if: Q | None = None,
) -> None:
    """Write the end of a reply: called by its own worker, or by another process after that worker died.

    `fields` are values for fields of Reply. Pass `worker` when the caller made the reply: it may overwrite the end that
    another process wrote because it took this worker for dead, for example while the machine was asleep.
    Nothing is written when the reply has ended already, or when its row does not match `only_if`.
    """
    store_ends([End(reply_id, state, deltas, blocks, fields, worker, only_if)])


def store_ends(ends: list["End"]) -> None:
    """Write the ends of several replies in one transaction, like `store_end`."""
    with transaction.atomic():
        # All replies before the first chat: locks are taken in this order everywhere.
        written = [end for end in ends if end.store_reply()]
        for end in written:
            end.store_message()


@dataclass
class End:
    """The arguments of `store_end`, and what else may be known, so that the database need not be asked."""

    reply_id: UUID
    state: str
    deltas: list[Delta]
    blocks: list[Block]
    fields: dict[str, Any]
    worker: str = ""
    only_if: Q | None = None
    reply: Reply | None = None
    live: LiveReply | None = None  # says whether it can have pieces

    def __post_init__(self) -> None:
        self._text = text_of(self.deltas)
        self._rounds = rounds_of(self.deltas)
        self.fields = add_rounds(self.fields, self._rounds) | self._log()
        self._reasoning = "\n\n".join(run.content for run in merge_deltas(self.deltas) if run.kind == REASONING)
        large = {name: len(self.fields.get(name) or "") for name in LARGE_FIELDS}
        large["request"] = max(0, large["request"] - FREE_REQUEST_CHARACTERS)
        self._characters = sum(large.values())
        self._characters += len(self._text) + len(self._reasoning)
        facts = characters_in(self.fields.get(name) for name in ("citations", "error_message", "error_details"))
        self._space = MESSAGE_CHARACTERS + facts + self._characters

    def _log(self) -> dict[str, str]:
        log = as_log(self.deltas)
        return {"rounds": log} if log else {}

    def store_reply(self) -> bool:
        """Whether the reply had not ended before."""
        values = self._values()
        if self.only_if:
            return bool(_not_ended(self.reply_id, self.worker).filter(self.only_if).update(**values))
        return bool(_store_values(tuple(values))(self.reply_id, self.worker, *values.values()))

    def store_message(self) -> None:
        reply = self.reply or Reply.objects.select_related("message__conversation").get(pk=self.reply_id)
        message = reply.message
        self._store_charge(reply)
        _store_text(message.pk, self._text)
        _store_use(message.conversation_id, timezone.now(), self._space)
        _attach_images(message.pk, self.deltas)
        if self.live is None or self.live.has_pieces:  # asked now: a checkpoint may have come first
            Piece.objects.filter(reply=self.reply_id).delete()

    def _store_charge(self, reply: Reply) -> None:
        if not (self.worker or reply.worker):
            return  # nobody has asked OpenRouter
        user = reply.message.conversation.user_id
        charge = charge_of_answer(reply, user=user, state=self.state, fields=self.fields, characters=self._characters)
        if charge:
            charge.earlier = generations_of(self._rounds)
            insert_or_replace(charge)

    def _values(self) -> dict[str, Any]:
        has_content = self._text or any(delta.kind == IMAGE for delta in self.deltas)
        is_empty = self.state == Reply.State.COMPLETE and not has_content
        return {
            "state": Reply.State.FAILED if is_empty else self.state,
            "reasoning": self._reasoning,
            "blocks": [list(block) for block in self.blocks],
            "finished_at": timezone.now(),
            "error_kind": "nothing_said" if is_empty else "",
            **self.fields,
        }


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
    ids += [image["id"] for step in steps_of(deltas) for image in step.images]
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
