"""Reads what a model costs: base prices, extra prices, and what applies to long prompts or at certain hours.

Source: OpenRouter's openapi.yaml, `PublicPricing` and `PricingOverride`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from chat.openrouter.json_fields import as_decimal, as_int, as_list, as_object

MAX_DOLLARS_PER_TOKEN = 1_000  # more than that is not a price
MAX_TIERS = 20
MAX_MINUTE, MAX_HOUR = 59, 24
LEAST_OF_AN_IMAGE = Decimal("0.001")  # dollars; prices of images and of their tokens have the same names
BASE = ("prompt", "completion")
EXTRA = (  # all others that OpenRouter knows, in the order in which pages show them
    *("request", "image", "image_token", "image_output", "audio", "audio_output", "web_search", "internal_reasoning"),
    *("input_cache_read", "input_cache_write", "input_cache_write_1h", "input_audio_cache"),
)


@dataclass(frozen=True, slots=True)
class Tier:
    """Prices in place of the base prices, where all of its conditions are met; later tiers win.

    `min_prompt_tokens`: the prompt has more tokens than that. `hours`: the UTC time is between these two, each as hours
    and minutes in one number (1030 is 10:30); the window may pass midnight. A price of None stays the base price.
    """

    prompt: Decimal | None
    completion: Decimal | None
    extra: tuple[tuple[str, Decimal], ...]
    min_prompt_tokens: int | None
    hours: tuple[int, int] | None

    def applies(self, prompt_tokens: int, at: datetime) -> bool:
        """Whether a request with this prompt, sent at this moment, meets all conditions."""
        is_long = self.min_prompt_tokens is None or prompt_tokens > self.min_prompt_tokens
        return is_long and (self.hours is None or _is_between(at.astimezone(UTC), *self.hours))


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars: `prompt` and `completion` per token, None where unknown; `extra` by OpenRouter's names for them."""

    prompt: Decimal | None
    completion: Decimal | None
    extra: tuple[tuple[str, Decimal], ...] = ()
    tiers: tuple[Tier, ...] = ()

    def that_apply(self, prompt_tokens: int, at: datetime) -> "Prices":
        """The prices of a request with this prompt, sent at this moment; without tiers."""
        prompt, completion, extra = self.prompt, self.completion, dict(self.extra)
        for tier in self.tiers:
            if tier.applies(prompt_tokens, at):
                prompt = prompt if tier.prompt is None else tier.prompt
                completion = completion if tier.completion is None else tier.completion
                extra |= tier.extra
        return Prices(prompt, completion, tuple(extra.items()))


def read_prices(pricing: dict[str, Any]) -> Prices:
    """Return the prices in a `pricing` object; negative ones, those of routers, are unknown."""
    prompt, completion = (read_price(pricing.get(name)) for name in BASE)
    return Prices(prompt, completion, tuple(_extra(pricing)), tuple(_tiers(pricing)))


def read_price(value: object) -> Decimal | None:
    amount = as_decimal(value)
    return amount if amount is not None and 0 <= amount <= MAX_DOLLARS_PER_TOKEN else None


def _extra(pricing: dict[str, Any]) -> Iterator[tuple[str, Decimal]]:
    return ((name, amount) for name in EXTRA if (amount := read_price(pricing.get(name))))


def _tiers(pricing: dict[str, Any]) -> Iterator[Tier]:
    for override in map(as_object, islice(as_list(pricing.get("overrides")), MAX_TIERS)):
        prompt, completion = (read_price(override.get(name)) for name in BASE)
        tier = Tier(
            prompt, completion, tuple(_extra(override)), as_int(override.get("min_prompt_tokens")), _hours(override)
        )
        has_condition = tier.min_prompt_tokens is not None or tier.hours is not None
        has_price = prompt is not None or completion is not None or tier.extra
        if has_condition and has_price:
            yield tier


def _hours(override: dict[str, Any]) -> tuple[int, int] | None:
    begin, end = as_int(override.get("utc_start")), as_int(override.get("utc_end"))
    return (begin, end) if begin is not None and end is not None and _is_time(begin) and _is_time(end) else None


def _is_time(number: int) -> bool:
    hour, minute = divmod(number, 100)
    return 0 <= hour <= MAX_HOUR and minute <= MAX_MINUTE


def _is_between(at: datetime, begin: int, end: int) -> bool:
    time = 100 * at.hour + at.minute
    return begin <= time < end if begin <= end else time >= begin or time < end
