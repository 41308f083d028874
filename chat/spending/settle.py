"""Stores what a request that is no answer has cost: for a title, for voice, for more of a text."""

from decimal import Decimal

from django.db import transaction

from chat.accounts.key_status import refresh_after_answer
from chat.models import Charge
from chat.sanitize import storable_dollars, storable_fields
from chat.spending.cost_lookup import look_up_later
from chat.spending.ledger import add_to_chat, next_lookup


def note_generation(charge: Charge, generation_id: str | None) -> None:
    """Store as what OpenRouter knows a request that runs: if this process dies, its cost is looked up all the same."""
    if generation_id:
        fields = storable_fields({"generation_id": generation_id}) | {"next_lookup_at": next_lookup(charge.asked_at)}
        Charge.objects.filter(pk=charge.pk).update(**fields)


def settle(
    charge: Charge,
    *,
    cost: Decimal | None,
    generation_id: str,
    prompt_tokens: int | None = None,
    completion_tokens: int | None = None,
) -> Decimal | None:
    """Store what a request cost, in US dollars, and return that; None if OpenRouter has not said.

    Then its records are asked, if the request has a `generation_id`. A `charge` without one counts as its estimate.
    What the key may still spend is asked soon, too.
    """
    known = None if cost is None else storable_dollars(cost)
    is_awaited = known is None and bool(generation_id)
    facts = {"generation_id": generation_id, "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
    fields = storable_fields(facts) | {"next_lookup_at": next_lookup(charge.asked_at) if is_awaited else None}
    with transaction.atomic():
        Charge.objects.filter(pk=charge.pk).update(
            **fields, **({} if known is None else {"cost": known, "estimate": Decimal(0)})
        )
        if known is not None:
            add_to_chat(charge, known)
    if is_awaited:
        look_up_later(charge.pk)
    refresh_after_answer(charge.user_id)
    return known
