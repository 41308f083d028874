"""Sums of the ledger: how the database adds up its rows, and what comes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import add, sub
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from chat.models import Charge
from chat.models.dollars import DollarsField

ROWS_SHOWN = 20  # models, and chats; the rest is one row


@dataclass(frozen=True)
class Amount:
    """A sum of the ledger, with what it is made of."""

    dollars: Decimal = Decimal(0)  # of everything whose cost is known
    answers: int = 0
    titles: int = 0
    dictations: int = 0
    readings: int = 0  # parts of answers that were read aloud
    texts: int = 0  # that a model went on with
    unknown: int = 0  # of all these, those whose cost is not known, so that they are not in `dollars`
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(*map(add, vars(self).values(), vars(other).values()))

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(*map(sub, vars(self).values(), vars(other).values()))

    @property
    def requests(self) -> int:
        return self.answers + self.titles + self.dictations + self.readings + self.texts


@dataclass(frozen=True)
class Shares:
    """The largest amounts, the largest first, and the sum of the others."""

    largest: list[Any]
    rest: Amount
    deleted: Amount = Amount()  # chats that are deleted or temporary, whatever their amount
    outside: Amount = Amount()  # dictation in no chat yet
    texts: Amount = Amount()  # that are no chats


def sum_of(amounts: Iterable[Amount]) -> Amount:
    return reduce(add, amounts, Amount())


SUMS: dict[str, Any] = {
    "dollars": Sum("cost", output_field=DollarsField()),
    "requests": Count("kind"),
    "titles": Count("kind", filter=Q(kind=Charge.Kind.TITLE)),
    "dictations": Count("kind", filter=Q(kind=Charge.Kind.DICTATION)),
    "readings": Count("kind", filter=Q(kind=Charge.Kind.SPEECH)),
    "texts": Count("kind", filter=Q(kind=Charge.Kind.COMPLETION)),
    "known": Count("cost"),
}
SUMS_WITH_TOKENS: dict[str, Any] = {**SUMS, "prompt": Sum("prompt_tokens"), "completion": Sum("completion_tokens")}


def grouped(rows: QuerySet[Charge], *by: str, sums: dict[str, Any] = SUMS) -> QuerySet[Charge, tuple[Any, ...]]:
    """The sums of groups of rows: tuples of the columns in `by` and those of `sums`."""
    groups: QuerySet[Charge, tuple[Any, ...]] = rows.order_by().values(*by).annotate(**sums).values_list(*by, *sums)
    return groups


def amount_from(  # the columns of SUMS_WITH_TOKENS
    dollars: Decimal | None,
    requests: int,
    titles: int,
    dictations: int,
    readings: int,
    texts: int,
    known: int,
    prompt: int | None = 0,
    completion: int | None = 0,
) -> Amount:
    return Amount(
        dollars=dollars or Decimal(0),
        answers=requests - titles - dictations - readings - texts,
        titles=titles,
        dictations=dictations,
        readings=readings,
        texts=texts,
        unknown=requests - known,
        prompt_tokens=prompt or 0,
        completion_tokens=completion or 0,
    )
