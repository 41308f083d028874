"""The ledger of a person as CSV: a row for each request, the newest first, with exact amounts."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from uuid import UUID

from django.db.models import Q, QuerySet

from chat.models import Charge, User
from chat.models.charge import NO_CHAT
from chat.spending.report import next_month

ROWS = 500  # read at once
COLUMNS = (
    *("time", "kind", "chat_id", "chat_title", "model", "answered_by", "provider", "generation_id", "state"),
    *("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "cost_usd"),
)
# A spreadsheet would run a cell that begins with one of these (OWASP, "CSV Injection"); a title may be anything.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_charges(user: User, month: date | None) -> Iterator[str]:
    """Yield the file in pieces; `month` is the first day of a month, None is everything."""
    yield _lines([COLUMNS])
    charges = _of_month(user, month)
    newest = list(charges[:ROWS])
    while newest:
        titles = _titles_of(user, {charge.conversation for charge in newest})
        yield _lines([_row(charge, titles.get(charge.conversation, "")) for charge in newest])
        newest = list(charges.filter(_older_than(newest[-1]))[:ROWS])


def _of_month(user: User, month: date | None) -> QuerySet[Charge]:
    charges = user.charges.order_by("-asked_at", "-id")
    if month is None:
        return charges
    return charges.filter(asked_at__gte=_begin_of(month), asked_at__lt=_begin_of(next_month(month)))


def _begin_of(month: date) -> datetime:
    return datetime.combine(month, time(), UTC)


def _older_than(charge: Charge) -> Q:
    """With a bound on the first column of the index that databases can use."""
    return Q(asked_at__lte=charge.asked_at) & (Q(asked_at__lt=charge.asked_at) | Q(id__lt=charge.id))


def _titles_of(user: User, conversations: set[UUID]) -> dict[UUID, str]:
    """The titles of those that the person has in the list of chats: neither deleted nor temporary ones."""
    listed = user.conversations.filter(pk__in=conversations, is_temporary=False)
    return dict(listed.values_list("pk", "title"))


def _row(charge: Charge, title: str) -> list[object]:
    texts = [title, charge.model, charge.answered_by, charge.provider, charge.generation_id, charge.state]
    return [
        *(charge.asked_at.astimezone(UTC).isoformat(), charge.kind, _chat_of(charge)),
        *map(_safe, texts),
        *(charge.prompt_tokens, charge.completion_tokens, charge.reasoning_tokens, charge.cached_tokens),
        _plain(charge),
    ]


def _chat_of(charge: Charge) -> object:
    return "" if charge.conversation == NO_CHAT else charge.conversation


def _safe(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_SIGNS) else text


def _plain(charge: Charge) -> str:
    """All digits as they are stored, without an exponent; empty if OpenRouter has not said."""
    return "" if charge.cost is None else format(charge.cost, "f")


def _lines(rows: Iterable[Iterable[object]]) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()
