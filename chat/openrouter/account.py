"""What OpenRouter tells about a key and about what it was used for."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from .api_key import ApiKey
from .errors import UpstreamUnavailable
from .json_fields import as_decimal, as_int, as_moment, as_object, as_text


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a sign-in brings: a new key each time, and who the person is, which may be unknown."""

    key: ApiKey
    user_id: str | None


@dataclass(frozen=True, slots=True)
class FreeRequests:
    """Today's requests to free models (UTC). `used` may exceed `limit`: refused ones count."""

    used: int
    limit: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent before OpenRouter refuses: the strictest of the caps on the key, its owner and their workspace.

    In US dollars; `remaining` may be below zero.
    """

    remaining: Decimal
    limit: Decimal | None
    resets_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """Amounts are in US dollars; days, weeks (from Monday) and months are in UTC.

    `limit_remaining` is what the key's own cap leaves, None without a cap. It is not the account's balance.
    `is_free_tier` is true of who has never bought credits.
    """

    label: str = field(repr=False)  # by default a shortened form of the key
    limit: Decimal | None
    limit_remaining: Decimal | None
    limit_reset: str | None
    usage: Decimal | None
    usage_daily: Decimal | None
    usage_weekly: Decimal | None
    usage_monthly: Decimal | None
    is_free_tier: bool
    creator_user_id: str | None
    expires_at: datetime | None
    free_requests: FreeRequests | None
    budget: Budget | None  # what OpenRouter works out of all caps; None without any, or where it does not say


@dataclass(frozen=True, slots=True)
class Generation:
    """The record of one answer. Costs are in US dollars; tokens are counted by the model's own tokenizer."""

    id: str
    model: str
    provider: str
    finish_reason: str
    is_cancelled: bool
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    cached_tokens: int
    total_cost: Decimal | None


def read_exchange(told: dict[str, Any]) -> Exchange:
    """Raises `UpstreamUnavailable` when there is no key in it."""
    try:
        # Taken out, so that no report on a later failure finds it here.
        key = ApiKey(as_text(told.pop("key", None)))
    except ValueError:
        key = None
    if key is None:
        raise UpstreamUnavailable(status=200)
    return Exchange(key, as_text(told.get("user_id")) or None)


def read_key_info(told: dict[str, Any]) -> KeyInfo:
    data = as_object(told.get("data"))
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
        expires_at=as_moment(data.get("expires_at")),
        free_requests=_read_free_requests(as_object(data.get("free_model_daily_requests"))),
        budget=_read_budget(as_object(data.get("effective_budget"))),
    )


def read_balance(told: dict[str, Any]) -> Decimal | None:
    data = as_object(told.get("data"))
    bought, used = as_decimal(data.get("total_credits")), as_decimal(data.get("total_usage"))
    return None if bought is None or used is None else bought - used


def read_generation(told: dict[str, Any]) -> Generation:
    data = as_object(told.get("data"))
    return Generation(
        id=as_text(data.get("id")),
        model=as_text(data.get("model")),
        provider=as_text(data.get("provider_name")),
        finish_reason=as_text(data.get("finish_reason")),
        is_cancelled=data.get("cancelled") is True,
        prompt_tokens=as_int(data.get("native_tokens_prompt")) or 0,
        completion_tokens=as_int(data.get("native_tokens_completion")) or 0,
        reasoning_tokens=as_int(data.get("native_tokens_reasoning")) or 0,
        cached_tokens=as_int(data.get("native_tokens_cached")) or 0,
        total_cost=as_decimal(data.get("total_cost")),
    )


def _read_free_requests(told: dict[str, Any]) -> FreeRequests | None:
    used, limit = as_int(told.get("used")), as_int(told.get("limit"))
    if used is None or limit is None:
        return None
    return FreeRequests(used, limit, remaining=as_int(told.get("remaining")) or 0)


def _read_budget(told: dict[str, Any]) -> Budget | None:
    remaining = as_decimal(told.get("remaining_usd"))
    if remaining is None:
        return None
    return Budget(remaining, as_decimal(told.get("limit_usd")), as_moment(told.get("resets_at")))
