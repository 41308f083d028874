"""Writes the ledger: a row for each answer, title, dictation, reading and text that OpenRouter may have charged for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from chat.catalogue import cache
from chat.conversations.token_count import CHARACTERS_PER_TOKEN
from chat.models import Charge, Conversation, Reply
from chat.models.charge import NO_CHAT, utc_day
from chat.models.dollars import DollarsField
from chat.models.prepared_queries import PreparedInsert

FIRST_LOOKUP = timedelta(minutes=5)  # after the end: chat/spending/cost_lookup.py has asked several times by then
FROM_REPLY = (  # fields that have the same name in both
    *("answered_by", "provider", "generation_id", "prompt_tokens", "completion_tokens", "reasoning_tokens"),
    *("cached_tokens", "cost"),
)

# An end may be stored twice: by another process that took the first for dead, and by the first.
insert_or_replace = PreparedInsert(Charge, replace=True)


def charge_of_answer(
    reply: Reply, *, user: UUID, state: str, fields: Mapping[str, Any], characters: int
) -> Charge | None:
    """What an answer cost that has ended; None when OpenRouter refused the request, which costs nothing.

    `fields` are those of Reply that say how it ended; `characters` is how much of it arrived.
    """
    known = {name: fields.get(name, getattr(reply, name)) for name in FROM_REPLY}  # of one that died, in its row
    is_refused = state == Reply.State.FAILED and not known.get("generation_id") and not characters
    if is_refused:
        return None
    cost = known.get("cost")
    return Charge(
        **known,
        id=reply.pk,
        user_id=user,
        conversation=reply.message.conversation_id,
        asked_at=reply.asked_at,
        day=utc_day(reply.asked_at),
        model=reply.model,
        state=state,
        estimate=_estimate(reply, characters) if cost is None else Decimal(0),
        next_lookup_at=next_lookup(reply.asked_at) if cost is None and known.get("generation_id") else None,
    )


def pending_charge(
    user: UUID, kind: Charge.Kind, model: str, *, conversation: UUID = NO_CHAT, estimate: Decimal | None
) -> Charge:
    """The row for a request that is about to be sent, not saved.

    It counts as `estimate` (US dollars, None if no price is known) until its cost is known.
    """
    now = timezone.now()
    return Charge(
        user_id=user,
        kind=kind,
        conversation=conversation,
        asked_at=now,
        day=utc_day(now),
        model=model,
        estimate=estimate or Decimal(0),
    )


def add_to_chat(charge: Charge, cost: Decimal) -> None:
    """Store with its chat what a title or voice has cost. In the transaction that stores the cost itself."""
    if charge.kind == Charge.Kind.TITLE:
        Conversation.with_deleted.filter(pk=charge.conversation).update(title_cost=cost)
    elif charge.kind in Charge.VOICE and charge.conversation != NO_CHAT:
        _add_up_voice(charge.conversation)


def _add_up_voice(conversation: UUID) -> None:
    """Locks the chat first: of two costs that are stored at once, the second has to see the first."""
    for chat in Conversation.with_deleted.select_for_update(no_key=True).filter(pk=conversation).only("pk"):
        rows = Charge.objects.filter(conversation=conversation, kind__in=Charge.VOICE)
        chat.voice_cost = rows.aggregate(total=Sum("cost", output_field=DollarsField()))["total"] or Decimal(0)
        chat.save(update_fields=["voice_cost"])


def next_lookup(asked_at: datetime) -> datetime:
    """When OpenRouter's records are asked again: later and later, as the request gets older."""
    now = timezone.now()
    return now + max(FIRST_LOOKUP, now - asked_at)


def _estimate(reply: Reply, characters: int) -> Decimal:
    """What the answer can have cost at most: what was reserved, without what it would have cost to go on."""
    if reply.reserved is None:
        return Decimal(0)
    model = cache.find(reply.model)
    price = (model and model.completion_price) or Decimal(0)
    unwritten = reply.max_completion_tokens - characters // CHARACTERS_PER_TOKEN
    reserved: Decimal = reply.reserved
    return max(reserved - max(unwritten, 0) * price, Decimal(0))
