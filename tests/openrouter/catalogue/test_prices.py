"""What a model costs: exact decimals, tiers and extra prices, whatever is sent."""

from decimal import Decimal
from typing import Any

import pytest

from chat.openrouter import Prices, Tier
from chat.openrouter.catalogue.prices import MAX_TIERS, read_prices

GROK: dict[str, Any] = {
    "prompt": "0.000002",
    "completion": "0.000006",
    "input_cache_read": "0.0000003",
    "web_search": 0.005,
    "image": "0",
    "discount": 0.5,
    "overrides": [
        {"min_prompt_tokens": 200000, "prompt": "0.000004", "completion": "0.000012", "input_cache_read": "0.000001"},
        {"utc_start": 1630, "utc_end": 30, "prompt": "0.000001"},
    ],
}


def test_all_that_it_tells():
    prices = read_prices(GROK)

    assert (prices.prompt, prices.completion) == (Decimal("0.000002"), Decimal("0.000006"))
    assert prices.extra == (("web_search", Decimal("0.005")), ("input_cache_read", Decimal("0.0000003")))
    cached = (("input_cache_read", Decimal("0.000001")),)
    assert prices.tiers == (
        Tier(Decimal("0.000004"), Decimal("0.000012"), cached, min_prompt_tokens=200000, hours=None),
        Tier(Decimal("0.000001"), None, (), min_prompt_tokens=None, hours=(1630, 30)),
    )


@pytest.mark.parametrize("nonsense", [None, 3, "x", True, [], {}, [None], [3], [{"prompt": {}}], float("inf"), "-1"])
@pytest.mark.parametrize("name", GROK)
def test_any_field_may_be_nonsense(name, nonsense):
    prices = read_prices(GROK | {name: nonsense})

    assert isinstance(prices, Prices)
    hash(prices)


@pytest.mark.parametrize(
    "override",
    [
        {"prompt": "0.1"},
        {"min_prompt_tokens": 5},
        {"min_prompt_tokens": 5, "prompt": "1e20"},
        {"min_prompt_tokens": "5", "prompt": "1"},
        {"utc_start": 2500, "utc_end": 100, "prompt": "1"},
        {"utc_start": 100, "prompt": "1"},
    ],
)
def test_a_tier_without_a_condition_or_a_price_is_none(override):
    assert read_prices({"overrides": [override]}).tiers == ()


def test_thousands_of_tiers_are_not_all_read():
    assert len(read_prices({"overrides": GROK["overrides"] * 10_000}).tiers) == MAX_TIERS
