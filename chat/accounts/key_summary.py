"""Summarises a person's OpenRouter key for the account page: whether it works, what was spent, what remains."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from chat.models import StoredKey, User
from chat.openrouter import ApiKey, FreeRequests, KeyRejected, OpenRouterError
from chat.upstream import openrouter


@dataclass(frozen=True)
class KeySummary:
    """The state of a key. Amounts are in US dollars; None means unknown, and for the limit also that there is none."""

    works: bool
    made_at: datetime
    settings_url: str
    credits_url: str
    is_known: bool = False  # OpenRouter has answered; otherwise the fields below are empty
    usage: Decimal | None = None  # spent with this key
    balance: Decimal | None = None  # of the account; may be below zero
    has_never_bought: bool = False
    limit_remaining: Decimal | None = None  # what can be spent until a cap on this key or its owner
    resets_at: datetime | None = None  # when the limit's next period begins
    free_requests: FreeRequests | None = None

    @property
    def needs_credits(self) -> bool:
        return self.balance <= 0 if self.balance is not None else self.has_never_bought

    @property
    def is_in_debt(self) -> bool:
        return self.balance is not None and self.balance < 0


def summarize_key(user: User) -> KeySummary | None:
    """Return what is known about a person's key, asking OpenRouter; None if no key is stored."""
    stored = StoredKey.objects.filter(user=user).first()
    if stored is None:
        return None
    credits_url = f"{settings.OPENROUTER_URL}/settings/credits"
    unknown = KeySummary(True, stored.made_at, key_page_url(stored), credits_url)
    key = user.working_key()
    try:
        return replace(unknown, **_read_summary(key)) if key else replace(unknown, works=False)
    except KeyRejected:
        return replace(unknown, works=False)
    except OpenRouterError:
        return unknown


def _read_summary(key: ApiKey) -> dict[str, Any]:
    info = openrouter().key_info(key)
    return {
        "is_known": True,
        "usage": info.usage,
        "balance": openrouter().balance(key),
        "has_never_bought": info.is_free_tier,
        "limit_remaining": info.budget.remaining if info.budget else info.limit_remaining,
        "resets_at": info.budget.resets_at if info.budget else None,
        "free_requests": info.free_requests,
    }


def key_page_url(stored: StoredKey | None) -> str:
    """Return the URL at OpenRouter where the person can limit or delete this key, or see all keys."""
    path = f"keys/{stored.sha256}" if stored else "settings/keys"
    return f"{settings.OPENROUTER_URL}/{path}"
