"""Reads what OpenRouter says about a key: its limits and spending, its budget, and the credits of the account."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from chat.openrouter.json_fields import as_datetime, as_decimal, as_int, as_object, as_text, problem_of_text

KEY_FIELDS = (  # of /key that may be stored: not the label, which is a shortened form of the key, nor whose it is
    *("limit", "limit_remaining", "limit_reset", "usage", "usage_daily", "usage_weekly", "usage_monthly"),
    *("is_free_tier", "expires_at", "free_model_daily_requests", "effective_budget"),
)
OF_KEYS = ("key_limit", "api_key")  # scopes of a budget; others are of a person, a workspace or its members


@dataclass(frozen=True, slots=True)
class FreeRequests:
    """Today's requests to free models (UTC). `used` may exceed `limit`, because refused requests count."""

    used: int
    limit: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Budget:
    """How much can be spent before OpenRouter refuses: the strictest cap on the key, its owner and their workspace.

    In US dollars; `remaining` may be below zero.
    """

    remaining: Decimal
    limit: Decimal | None
    resets_at: datetime | None
    reset: str | None  # daily, weekly or monthly
    is_of_key: bool  # otherwise it is of somebody's, or of an organisation's, who may have more keys


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key's limits and spending. Amounts are in US dollars; days, weeks (from Monday) and months are in UTC.

    `limit_remaining` is what remains of the key's own cap, None without a cap. It is not the account's balance.
    `is_free_tier` is true if the owner has never bought credits.
    """

    label: str = field(repr=False)  # OpenRouter's default is a shortened form of the key
    limit: Decimal | None
    limit_remaining: Decimal | None
    limit_reset: str | None  # daily, weekly or monthly; None if the limit is for all time
    usage: Decimal | None
    usage_daily: Decimal | None
    usage_weekly: Decimal | None
    usage_monthly: Decimal | None
    is_free_tier: bool
    creator_user_id: str | None
    expires_at: datetime | None
    free_requests: FreeRequests | None
    budget: Budget | None  # what OpenRouter computes from all caps; None if there are none, or it does not say


def select_key_fields(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a response of /key that may be stored, as sent, for `read_key_info` to read later."""
    data = as_object(body.get("data"))
    return {name: data[name] for name in KEY_FIELDS if name in data and not problem_of_text(data[name])}


def read_key_info(body: dict[str, Any]) -> KeyInfo:
    """Return what a response of /key says."""
    data = as_object(body.get("data"))
    return KeyInfo(
        label=as_text(data.get("label")),
        limit=as_decimal(data.get("limit")),
        limit_remaining=as_decimal(data.get("limit_remaining")),
        limit_reset=as_text(data.get("limit_reset")) or None,
        usage=as_decimal(data.get("usage")),
        usage_daily=as_decimal(data.get("usage_daily")),
        usage_weekly=as_decimal(data.get("usage_weekly")),
        usage_monthly=as_decimal(data.get("usage_monthly")),
        is_free_tier=data.get("is_free_tier") is True,
        creator_user_id=as_text(data.get("creator_user_id")) or None,
        expires_at=as_datetime(data.get("expires_at")),
        free_requests=_read_free_requests(as_object(data.get("free_model_daily_requests"))),
        budget=_read_budget(as_object(data.get("effective_budget"))),
    )


def read_balance(body: dict[str, Any]) -> Decimal | None:
    """Return the credits left according to a response of /credits, in US dollars."""
    data = as_object(body.get("data"))
    bought, used = as_decimal(data.get("total_credits")), as_decimal(data.get("total_usage"))
    return None if bought is None or used is None else bought - used


def _read_free_requests(data: dict[str, Any]) -> FreeRequests | None:
    used, limit, remaining = (as_int(data.get(name)) for name in ("used", "limit", "remaining"))
    if used is None or limit is None:
        return None
    return FreeRequests(used, limit, remaining=max(limit - used if remaining is None else remaining, 0))


def _read_budget(data: dict[str, Any]) -> Budget | None:
    remaining = as_decimal(data.get("remaining_usd"))
    if remaining is None:
        return None
    return Budget(
        remaining,
        limit=as_decimal(data.get("limit_usd")),
        resets_at=as_datetime(data.get("resets_at")),
        reset=as_text(data.get("reset_interval")) or None,
        is_of_key=as_text(data.get("scope")) in OF_KEYS,
    )
