"""What the account page tells about a person's key."""

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
    """Amounts are in US dollars; None is unknown, of the limit also that there is none."""

    works: bool
    made_at: datetime
    settings_url: str
    credits_url: str
    is_told: bool = False  # OpenRouter has answered
    usage: Decimal | None = None  # spent with this key
    balance: Decimal | None = None  # of the account; may be below zero
    has_never_bought: bool = False
    limit_remaining: Decimal | None = None  # until the caps on this key or its owner
    resets_at: datetime | None = None  # when that limit begins anew
    free_requests: FreeRequests | None = None

    @property
    def needs_credits(self) -> bool:
        return self.balance <= 0 if self.balance is not None else self.has_never_bought

    @property
    def is_in_debt(self) -> bool:
        return self.balance is not None and self.balance < 0


def summary_of(user: User) -> KeySummary | None:
    """None when no key is kept."""
    stored = StoredKey.objects.filter(user=user).first()
    if stored is None:
        return None
    credits_url = f"{settings.OPENROUTER_URL}/settings/credits"
    unknown = KeySummary(True, stored.made_at, key_page(stored), credits_url)
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
        "is_told": True,
        "usage": info.usage,
        "balance": openrouter().balance(key),
        "has_never_bought": info.is_free_tier,
        "limit_remaining": info.budget.remaining if info.budget else info.limit_remaining,
        "resets_at": info.budget.resets_at if info.budget else None,
        "free_requests": info.free_requests,
    }


def key_page(stored: StoredKey | None) -> str:
    """Where the person finds this key at OpenRouter, to limit or delete it."""
    address = f"keys/{stored.sha256}" if stored else "settings/keys"
    return f"{settings.OPENROUTER_URL}/{address}"
