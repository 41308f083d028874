"""What a person spent in a month: by day, by model and by chat, and in the month before, exact, from the ledger.

Months and days are in UTC, as OpenRouter counts them. The database groups the rows, from the index `charge_sums` alone,
which is in the order of the days. What OpenRouter has not said the cost of is counted, but in no sum.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from chat.models import Charge, User
from chat.spending.costs_by_chat import by_chat
from chat.spending.ledger_sums import ROWS_SHOWN, SUMS_WITH_TOKENS, Amount, Shares, amount_from, grouped, sum_of

EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class MonthReport:
    """What a person spent in the month that begins with `first`."""

    first: date
    total: Amount
    by_day: dict[date, Amount]  # days on which something was asked, in order
    by_model: Shares  # of pairs of a model's id and its Amount
    by_chat: Shares  # of ChatAmount
    before: Amount  # the month before
    before_to_day: Amount | None  # the same days of it, if the month is not over
    earlier: date | None  # the nearest months in which something was asked
    later: date | None


def report_of(user: User, month: date, *, today: date) -> MonthReport:
    """The report of a month, given its first day."""
    rows = _charges(user, month, _last_of(month))
    by_day_and_model = grouped(rows, "day", "model", sums=SUMS_WITH_TOKENS).order_by("day")
    groups = [(day, model, amount_from(*sums)) for day, model, *sums in by_day_and_model]
    total = sum_of(amount for _, _, amount in groups)
    days_before = _days_before(user, previous_month(month))
    is_over = _last_of(month) < today
    return MonthReport(
        first=month,
        total=total,
        by_day=_added((day, amount) for day, _, amount in groups),
        by_model=_by_model(_added((model, amount) for _, model, amount in groups)),
        by_chat=by_chat(user, rows, total),
        before=sum_of(days_before.values()),
        before_to_day=None if is_over else sum_of(each for day, each in days_before.items() if day.day <= today.day),
        earlier=_month_of(user.charges.filter(day__lt=month).order_by("-day")),
        later=_month_of(user.charges.filter(day__gt=_last_of(month)).order_by("day")),
    )


def month_from(text: str | None, *, today: date) -> date:
    """The first day of a month that is named like "2026-10"; of this month if it is no such name, or lies ahead."""
    this_month = today.replace(day=1)
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return this_month
    return month if EARLIEST <= month <= this_month else this_month


def next_month(month: date) -> date:
    return _last_of(month) + timedelta(days=1)


def previous_month(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def days_of(month: date) -> list[date]:
    return [month + timedelta(days=number) for number in range(_last_of(month).day)]


def _last_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _charges(user: User, first: date, last: date) -> QuerySet[Charge]:
    return Charge.objects.filter(user=user, day__range=(first, last))


def _days_before(user: User, month: date) -> dict[date, Amount]:
    return {day: amount_from(*sums) for day, *sums in grouped(_charges(user, month, _last_of(month)), "day")}


def _added(pairs: Iterable[tuple[Any, Amount]]) -> dict[Any, Amount]:
    sums: dict[Any, Amount] = defaultdict(Amount)
    for key, amount in pairs:
        sums[key] += amount
    return dict(sums)


def _by_model(models: dict[str, Amount]) -> Shares:
    dearest = sorted(models.items(), key=lambda each: (-each[1].dollars, -each[1].requests, each[0]))
    return Shares(dearest[:ROWS_SHOWN], sum_of(amount for _, amount in dearest[ROWS_SHOWN:]))


def _month_of(charges: QuerySet[Charge]) -> date | None:
    day = charges.values_list("day", flat=True).first()
    return day.replace(day=1) if day else None
