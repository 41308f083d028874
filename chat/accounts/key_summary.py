"""Summarises a person's OpenRouter key for pages: whether it works, for how long, what was spent and what is left."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from chat.models import StoredKey, User
from chat.openrouter import FreeRequests, KeyInfo, read_key_info

EXPIRY_NOTICE = timedelta(days=7)  # how long before a key expires its owner is reminded
FEW_DOLLARS, SMALL_SHARE = Decimal(1), Decimal("0.1")  # below either of them little is left
FREE_VARIANT = ":free"  # whose requests a day are limited; it ends the ids of such models


class Remainder(NamedTuple):
    """What is left to spend, in US dollars: of the account's balance, or of a limit. It may be below zero."""

    amount: Decimal
    limit: Decimal | None = None
    resets_at: datetime | None = None
    is_balance: bool = False

    def is_below(self, times: int) -> bool:
        """Whether the amount is less than so many times the amount that counts as low."""
        return self.amount < times * max(FEW_DOLLARS, SMALL_SHARE * (self.limit or 0))

    @property
    def is_used_up(self) -> bool:
        return self.amount <= 0


@dataclass(frozen=True)
class KeySummary:
    """A key and what OpenRouter said of it at `stored.fetched_at`. Amounts are in US dollars; None means unknown."""

    stored: StoredKey
    info: KeyInfo  # all of it is None until OpenRouter has answered
    balance: Decimal | None  # of the account; may be below zero
    uses_free_models: bool

    @cached_property
    def works(self) -> bool:
        is_rejected = self.stored.rejected_at or self.stored.status.get("is_rejected")
        return not is_rejected and not self.is_expired and self.stored.reveal() is not None

    @property
    def is_known(self) -> bool:
        """Whether OpenRouter has answered."""
        return self.works and bool(self.stored.status)

    @property
    def has_failed(self) -> bool:
        """Whether OpenRouter did not answer when it was asked last."""
        return self.stored.failures > 0

    # --- For how long ---

    @property
    def is_expired(self) -> bool:
        return self.info.expires_at is not None and self.info.expires_at <= timezone.now()

    @property
    def expires_soon(self) -> bool:
        at = self.info.expires_at
        return at is not None and not self.is_expired and at <= timezone.now() + EXPIRY_NOTICE

    # --- What was spent ---

    @property
    def spent_today(self) -> Decimal | None:
        return self.info.usage_daily if self._is_of_today else None

    @property
    def spent_this_month(self) -> Decimal | None:
        return self.info.usage_monthly if self._reported_on.replace(day=1) == _today().replace(day=1) else None

    @property
    def _is_of_today(self) -> bool:
        return self._reported_on == _today()

    @property
    def _reported_on(self) -> date:
        """The day in UTC, where OpenRouter's days begin."""
        return self.stored.fetched_at.astimezone(UTC).date() if self.stored.fetched_at else date.min

    # --- What is left ---

    @property
    def needs_credits(self) -> bool:
        return self.balance <= 0 if self.balance is not None else self.info.is_free_tier

    @property
    def is_in_debt(self) -> bool:
        return self.balance is not None and self.balance < 0

    @property
    def limit_remainder(self) -> Remainder | None:
        """What can be spent before a limit on the key, its owner or their workspace; None if there is no limit."""
        if budget := self.info.budget:
            return Remainder(budget.remaining, budget.limit, budget.resets_at)
        amount = self.info.limit_remaining
        return None if amount is None else Remainder(amount, self.info.limit)

    @property
    def low(self) -> Remainder | None:
        """The smallest remainder that counts as low; None if all are enough."""
        low = (each for each in self._remainders() if each.is_below(1))
        return min(low, key=lambda each: each.amount, default=None)

    @property
    def is_nearly_low(self) -> bool:
        """Whether the next answers may make a difference to `low`."""
        return any(each.is_below(2) for each in self._remainders())

    @property
    def free_requests(self) -> FreeRequests | None:
        """Today's requests to free models; None if OpenRouter has not said."""
        return self.info.free_requests if self._is_of_today else None

    @property
    def has_no_free_requests(self) -> bool:
        """Whether a person who uses free models has to wait until tomorrow."""
        wants_some = self.works and self.uses_free_models
        return wants_some and self.free_requests is not None and self.free_requests.remaining <= 0

    def _remainders(self) -> list[Remainder]:
        found: list[Remainder] = []
        if not self.works:
            return found
        # Who has never bought credits does not miss them. In debt even free models do not answer.
        if self.balance is not None and (self.is_in_debt or not self.info.is_free_tier):
            found.append(Remainder(self.balance, is_balance=True))
        limited = self.limit_remainder
        if limited and not (limited.resets_at and limited.resets_at <= timezone.now()):
            found.append(limited)
        return found

    # --- Where more is said of it ---

    @property
    def settings_url(self) -> str:
        return key_page_url(self.stored)

    @property
    def logs_url(self) -> str:
        return f"{settings.OPENROUTER_URL}/logs?api_key_hash={self.stored.sha256}"

    @property
    def credits_url(self) -> str:
        return f"{settings.OPENROUTER_URL}/settings/credits"


def summarize_key(user: User) -> KeySummary | None:
    """Return what is known about a person's key, in one query; None if no key is stored."""
    stored = StoredKey.objects.filter(user=user).first()
    if stored is None:
        return None
    balance = stored.status.get("balance")
    return KeySummary(
        stored,
        info=read_key_info({"data": stored.status}),
        balance=Decimal(balance) if balance else None,
        uses_free_models=user.last_model.endswith(FREE_VARIANT),
    )


def key_page_url(stored: StoredKey | None) -> str:
    """Return the URL at OpenRouter where the person can limit or delete this key, or see all keys."""
    path = f"keys/{stored.sha256}" if stored else "settings/keys"
    return f"{settings.OPENROUTER_URL}/{path}"


def _today() -> date:
    return timezone.now().astimezone(UTC).date()
