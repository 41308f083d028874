"""Looks up what a request cost where OpenRouter did not say: an answer was stopped or broke off, or was read aloud.

OpenRouter keeps a record of each generation. Right after an answer it is nearly always a 404, so this asks a few times
at once, and then less and less often for days, by whichever process is there (`look_up_due`).
Source: OpenRouter docs, "Get a generation".
"""

import logging
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chat.background import Ticker, spawn, wait
from chat.models import Charge, Reply
from chat.openrouter import ApiKey, Generation, OpenRouterError
from chat.sanitize import storable_dollars, storable_fields
from chat.spending.ledger import add_to_chat, next_lookup
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

DELAYS_SECONDS = (2, 8, 30, 120)  # before each request; their sum stays within `Reply.COST_LOOKUP`
GIVE_UP_AFTER = timedelta(days=7)
LOOK_SECONDS = 60.0
BATCH = 20  # lookups of one round
TOKENS = ("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens")


def look_up_later(charge_id: UUID) -> None:
    """Start asking for the cost, in a thread."""
    if Charge.objects.filter(pk=charge_id, cost=None).exclude(generation_id="").exists():
        spawn(f"cost-lookup-{charge_id}", partial(_look_up_with_retries, charge_id))


def ensure_running() -> None:
    """Start the thread of this process that asks again for costs that are still unknown."""
    _ticker.ensure_running()


def stop() -> None:
    """End that thread: this process is about to end."""
    _ticker.stop()


def look_up_due() -> bool:
    """Ask for the costs that are due, each in one process; those that OpenRouter never says are given up in the end."""
    now = timezone.now()
    for charge in Charge.objects.filter(next_lookup_at__lte=now).order_by("next_lookup_at")[:BATCH]:
        is_hopeless = now - charge.asked_at > GIVE_UP_AFTER
        claim = Charge.objects.filter(pk=charge.pk, next_lookup_at=charge.next_lookup_at)
        if claim.update(next_lookup_at=None if is_hopeless else next_lookup(charge.asked_at)):
            _try_to_look_up(charge.pk)
    return True  # for ever


def _look_up_with_retries(charge_id: UUID) -> None:
    for delay in DELAYS_SECONDS:
        wait(delay)
        if _try_to_look_up(charge_id):
            return


def _try_to_look_up(charge_id: UUID) -> bool:
    try:
        return look_up(charge_id)
    except OpenRouterError as error:
        logger.info("The cost of %s is still unknown: %s", charge_id, error.kind)
    except Exception:
        logger.exception("The cost of %s could not be stored", charge_id)
    return False


def look_up(charge_id: UUID) -> bool:
    """Ask OpenRouter once what a request cost and store it; True when there is no reason to ask again.

    Raises OpenRouterError.
    """
    charge = Charge.objects.select_related("user__stored_key").filter(pk=charge_id, cost=None).first()
    key = charge and charge.user.working_key()
    if not charge or not key:
        return True
    is_counted = charge.generation_id in [id_ for id_, _cost in charge.earlier or []]
    is_last_unknown = not is_counted and None not in [cost for _id, cost in charge.earlier or []]
    earlier = _look_up_earlier(charge, key)
    record = openrouter().generation(key, charge.generation_id)
    cost = None if record is None or record.total_cost is None else storable_dollars(record.total_cost)
    if record is None or cost is None or earlier is None:
        return False
    cost = earlier if is_counted else earlier + cost
    _store(charge, cost, record, _tokens(charge, record) if is_last_unknown else {})
    return True


def _look_up_earlier(charge: Charge, key: ApiKey) -> Decimal | None:
    """What the requests before the last one cost, US dollars; None if OpenRouter does not say yet."""
    total = Decimal(0)
    for entry in charge.earlier or []:
        id_, cost = entry
        if cost is None:
            record = openrouter().generation(key, id_) if id_ else None
            if record is None or record.total_cost is None:
                return None
            entry[1] = cost = f"{storable_dollars(record.total_cost) or 0:f}"
            Charge.objects.filter(pk=charge.pk).update(earlier=charge.earlier)
        total += Decimal(cost)
    return total


def _tokens(charge: Charge, record: Generation) -> dict[str, int]:
    """The tokens of all requests: those in the row are of the requests before the last one, if there were any."""
    last = {name: getattr(record, name) for name in TOKENS}
    if not charge.earlier:
        return last
    return {name: (getattr(charge, name) or 0) + tokens for name, tokens in last.items()}


def _store(charge: Charge, cost: Decimal, record: Generation, tokens: dict[str, int]) -> None:
    found = storable_fields({"cost": cost, "provider": record.provider, **tokens})
    last = storable_fields({"last_prompt_tokens": record.prompt_tokens}) if tokens and charge.earlier else {}
    with transaction.atomic():
        if charge.kind == Charge.Kind.ANSWER:  # first, as everywhere
            Reply.objects.filter(pk=charge.pk, cost=None).update(is_cost_looked_up=True, **found, **last)
        Charge.objects.filter(pk=charge.pk).update(estimate=0, next_lookup_at=None, **found)
        add_to_chat(charge, cost)


_ticker = Ticker("costs", look_up_due, lambda: LOOK_SECONDS, first=look_up_due)
