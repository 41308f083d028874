"""Reads the providers of a model: what each asks for it, how fast it is, and how often it answers.

Any field may be missing or of another type. Source: OpenRouter's openapi.yaml, `PublicEndpoint`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from chat.openrouter.catalogue.prices import Prices, read_prices
from chat.openrouter.json_fields import as_decimal, as_int, as_list, as_object, as_text, problem_of_text

MAX_ENDPOINTS = 100  # of one model; the most that OpenRouter had in 2026 were about 30
MAX_LENGTH = 200  # characters of a name
# OpenRouter describes latencies as milliseconds, but its example has seconds. No model answers within 20 ms.
LEAST_MILLISECONDS = 20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A provider of a model. Speeds are medians of the last 30 minutes; OpenRouter hides them from who has no key."""

    provider: str
    tag: str  # by which requests name it
    prices: Prices
    context_length: int | None
    max_completion_tokens: int | None
    quantization: str  # empty: not known
    uptime_percent: Decimal | None
    latency_seconds: Decimal | None  # to the first token
    tokens_per_second: Decimal | None


def read_endpoints(items: Iterable[object]) -> list[Endpoint]:
    """Return the endpoints among `items`, in OpenRouter's order, at most `MAX_ENDPOINTS`; each has a name."""
    found = (as_object(item) for item in islice(items, MAX_ENDPOINTS))
    return [_read_endpoint(item) for item in found if as_text(item.get("provider_name"))]


def read_zero_retention(body: dict[str, Any]) -> dict[str, list[str]]:
    """Return, by model, the tags of the providers in a response of /endpoints/zdr. Models have any of their names."""
    tags: dict[str, list[str]] = {}
    for item in map(as_object, as_list(body.get("data"))):
        model_id, tag = as_text(item.get("model_id")), as_text(item.get("tag"))
        if model_id and max(len(model_id), len(tag)) <= MAX_LENGTH and not problem_of_text([model_id, tag]):
            tags.setdefault(model_id, []).append(tag)
    return tags


def _read_endpoint(item: dict[str, Any]) -> Endpoint:
    quantization = as_text(item.get("quantization"))[:MAX_LENGTH]
    return Endpoint(
        provider=item["provider_name"][:MAX_LENGTH],
        tag=as_text(item.get("tag"))[:MAX_LENGTH],
        prices=read_prices(as_object(item.get("pricing"))),
        context_length=as_int(item.get("context_length")),
        max_completion_tokens=as_int(item.get("max_completion_tokens")),
        quantization="" if quantization == "unknown" else quantization,
        uptime_percent=_uptime(item),
        latency_seconds=_seconds(_median(item.get("latency_last_30m"))),
        tokens_per_second=_median(item.get("throughput_last_30m")),
    )


def _uptime(item: dict[str, Any]) -> Decimal | None:
    found = (as_decimal(item.get(name)) for name in ("uptime_last_30m", "uptime_last_1d"))
    return next((percent for percent in found if percent is not None and 0 <= percent <= 100), None)


def _median(percentiles: object) -> Decimal | None:
    median = as_decimal(as_object(percentiles).get("p50"))
    return median if median is not None and median > 0 else None


def _seconds(latency: Decimal | None) -> Decimal | None:
    return latency / 1000 if latency is not None and latency >= LEAST_MILLISECONDS else latency
