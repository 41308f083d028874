"""Rows of the ledger for tests, as the site writes them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from chat.models import Charge, User


def charge(user: User, cost: str | None, day: date, *, conversation: UUID | None = None, **fields: Any) -> Charge:
    """One that is not stored yet; `cost` in dollars, None is unknown."""
    asked_at = datetime.combine(day, time(12), UTC)
    amount = None if cost is None else Decimal(cost)
    fields = {"model": "anthropic/claude-sonnet-5", "asked_at": asked_at, "day": day, "cost": amount, **fields}
    return Charge(user=user, conversation=conversation or uuid4(), **fields)


def store(*charges: Charge) -> None:
    Charge.objects.bulk_create(charges)
