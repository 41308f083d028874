"""What a person allows themselves to spend: per message, per day and per month (UTC), as OpenRouter counts them.

Before a request is stored, the most that it can cost is reserved. Whoever reserves has locked the row of the person, so
that requests at the same moment see each other's reservations.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.catalogue.picker import name_of
from chat.conversations.cost_estimate import OCR_DOLLARS_A_PAGE, most_of
from chat.formats import money
from chat.models import Charge, User
from chat.models.charge import utc_day
from chat.models.dollars import DollarsField

MESSAGE, DAY, MONTH = "message", "day", "month"
PERIODS = (MESSAGE, DAY, MONTH)
MIN_ANSWER_TOKENS = 256  # an answer is not shortened to less, unless its person asked for less
WARN_FROM = Decimal("0.9")  # of a limit
NOTHING = Decimal(0)


class Limits(NamedTuple):
    """The limits of a person, in US dollars; None is no limit."""

    message: Decimal | None
    day: Decimal | None
    month: Decimal | None

    def __bool__(self) -> bool:
        return any(limit is not None for limit in self)


class Spent(NamedTuple):
    """What a person has spent today and this month (UTC), in US dollars; estimated where OpenRouter has not said."""

    day: Decimal
    month: Decimal


class Request(NamedTuple):
    """The size of a request for an answer: what it may take at most."""

    models: Sequence[str]  # that may answer: the one that is asked, and those in case it fails
    prompt_tokens: int
    max_completion_tokens: int
    images: int = 0
    pages: int = 0  # of PDFs, that are read by OCR
    tools: Decimal = NOTHING  # what OpenRouter's own tools may take

    def cost(self, completion_tokens: int) -> Decimal | None:
        """The most that it can cost with an answer of this length; None where a price is unknown."""
        tokens, images = self.prompt_tokens, self.images
        costs = [most_of(cache.find(model), tokens, completion_tokens, images=images) for model in self.models]
        known = [cost for cost in costs if cost is not None]
        return max(known) + self.pages * OCR_DOLLARS_A_PAGE + self.tools if len(known) == len(costs) else None

    @property
    def longest_cost(self) -> Decimal | None:
        return self.cost(self.max_completion_tokens)


class Reservation(NamedTuple):
    """What was reserved for an answer, in US dollars; None where that is unknown, or nobody has a limit."""

    max_completion_tokens: int
    dollars: Decimal | None
    is_shortened: bool = False  # to what the limits leave


class OverLimit(Exception):
    """A limit of the person leaves too little for the message; `str()` is the sentence to show."""


def limits_of(user: User) -> Limits:
    """The limits of a person: their own, and the operator's where they have set none."""
    defaults = (settings.LIMIT_PER_MESSAGE, settings.LIMIT_PER_DAY, settings.LIMIT_PER_MONTH)
    return Limits(*(_limit(user, period, default) for period, default in zip(PERIODS, defaults, strict=True)))


def _limit(user: User, period: str, default: Decimal | None) -> Decimal | None:
    stored = user.spending_limits.get(period, default)
    return None if stored is None else Decimal(stored)


def spent_by(user: User) -> Spent:
    """What the person has spent today and this month, without answers that are running."""
    today = utc_day(timezone.now())
    amount = Coalesce("cost", "estimate", output_field=DollarsField())
    this_month = Charge.objects.filter(user=user, day__gte=first_of_month(today), day__lte=today)
    sums = this_month.aggregate(day=Sum(amount, filter=Q(day=today)), month=Sum(amount))
    return Spent(sums["day"] or NOTHING, sums["month"] or NOTHING)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def reserve(
    user: User,
    requests: list[Request],
    *,
    running: Decimal,
    of_message: Decimal = NOTHING,
    over_limit: bool = False,
) -> list[Reservation]:
    """Reserve for the answers to one message what they can cost; shorten them to what the limits leave.

    `running` is reserved for other answers, `of_message` is what the message has cost already. With `over_limit` the
    limits do not apply. The caller has locked the user. Raises OverLimit.
    """
    limits = limits_of(user)
    if not limits or over_limit:
        return [Reservation(request.max_completion_tokens, request.longest_cost) for request in requests]
    costs = [_known(request.longest_cost, request) for request in requests]
    if not any(costs):
        return [Reservation(request.max_completion_tokens, NOTHING) for request in requests]
    remaining, period = _strictest_remainder(user, limits, running, of_message)
    if sum(costs) <= remaining:
        return [Reservation(request.max_completion_tokens, cost) for request, cost in zip(requests, costs, strict=True)]
    share = max(remaining, NOTHING) / len(requests)
    shortened = [_shortened(request, share) for request in requests]
    if None in shortened:
        shortest = sum((_known(request.cost(_min_tokens(request)), request) for request in requests), start=NOTHING)
        raise OverLimit(_sentence(period, limits, shortest, over=shortest - max(remaining, NOTHING)))
    return [reservation for reservation in shortened if reservation]


def check_amount(user: User, cost: Decimal | None, model: str, *, running: Decimal) -> None:
    """Raise OverLimit if a request that costs so much at most is over a limit. The caller has locked the user."""
    limits = limits_of(user)
    if not limits or cost == NOTHING:
        return
    if cost is None:
        raise OverLimit(_unknown_price(model))
    remaining, period = _strictest_remainder(user, limits, running, NOTHING)
    if cost > remaining:
        raise OverLimit(_sentence(period, limits, cost, over=cost - max(remaining, NOTHING)))


def _unknown_price(model: str) -> str:
    sentence = _("The price of %(model)s isn't known, so your spending limits can't be applied.")
    return sentence % {"model": name_of(model)}


def _known(cost: Decimal | None, request: Request) -> Decimal:
    if cost is None:
        unknown = next(model for model in request.models if most_of(cache.find(model), 1, 1) is None)
        raise OverLimit(_unknown_price(unknown))
    return cost


def _strictest_remainder(user: User, limits: Limits, running: Decimal, of_message: Decimal) -> tuple[Decimal, str]:
    """What the strictest limit leaves for a message, and which it is."""
    spent = spent_by(user) if limits.day is not None or limits.month is not None else Spent(NOTHING, NOTHING)
    used = Limits(of_message, spent.day + running, spent.month + running)
    return min(
        (limit - amount, period)
        for period, limit, amount in zip(PERIODS, limits, used, strict=True)
        if limit is not None and amount is not None
    )


def _shortened(request: Request, remaining: Decimal) -> Reservation | None:
    """The longest answer that `remaining` pays for; None if that is too short to be of use."""
    lengths = range(request.max_completion_tokens + 1)
    tokens = bisect_right(lengths, remaining, key=lambda length: request.cost(length) or NOTHING) - 1
    is_shorter = tokens < request.max_completion_tokens
    return Reservation(tokens, request.cost(tokens), is_shorter) if tokens >= _min_tokens(request) else None


def _min_tokens(request: Request) -> int:
    return min(MIN_ANSWER_TOKENS, request.max_completion_tokens)


def _sentence(period: str, limits: Limits, cost: Decimal, over: Decimal) -> str:
    sentences = {
        MESSAGE: _("This could cost %(cost)s, which is %(over)s over your limit of %(limit)s for one message."),
        DAY: _("This could cost %(cost)s, which is %(over)s more than is left of your daily limit of %(limit)s."),
        MONTH: _("This could cost %(cost)s, which is %(over)s more than is left of your monthly limit of %(limit)s."),
    }
    limit = getattr(limits, period)
    return sentences[period] % {"cost": money(cost), "over": money(over), "limit": money(limit)}


def warning_for(user: User) -> str:
    """A sentence once nine tenths of a limit are spent; "" before that."""
    limits = limits_of(user)
    if limits.day is None and limits.month is None:
        return ""
    spent = spent_by(user)
    sentences = {
        DAY: _("You've spent %(spent)s of your daily limit of %(limit)s."),
        MONTH: _("You've spent %(spent)s of your monthly limit of %(limit)s."),
    }
    for period in (MONTH, DAY):
        limit, amount = getattr(limits, period), getattr(spent, period)
        if limit is not None and amount >= WARN_FROM * limit and amount:
            return sentences[period] % {"spent": money(amount), "limit": money(limit)}
    return ""
