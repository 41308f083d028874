"""The providers of a model, and who keeps nothing, whatever is sent."""

from decimal import Decimal

import pytest

from chat.openrouter import read_endpoints
from chat.openrouter.catalogue.endpoints import MAX_ENDPOINTS, read_zero_retention

ITEM = {
    "name": "DeepInfra | maker/model",
    "model_id": "maker/model-20260101",
    "context_length": 131072,
    "pricing": {"prompt": "0.0000001", "completion": "0.00000032"},
    "provider_name": "DeepInfra",
    "tag": "deepinfra/fp8",
    "quantization": "fp8",
    "max_completion_tokens": 16384,
    "uptime_last_30m": None,
    "uptime_last_1d": 99.5,
    "latency_last_30m": {"p50": 640, "p75": 800, "p90": 900, "p99": 1000},
    "throughput_last_30m": {"p50": 84.5, "p75": 60, "p90": 50, "p99": 9},
}


def read(**changes: object):
    (endpoint,) = read_endpoints([ITEM | changes])
    return endpoint


def test_all_that_it_tells():
    endpoint = read()

    assert (endpoint.provider, endpoint.tag, endpoint.quantization) == ("DeepInfra", "deepinfra/fp8", "fp8")
    assert (endpoint.prices.prompt, endpoint.prices.completion) == (Decimal("0.0000001"), Decimal("0.00000032"))
    assert (endpoint.context_length, endpoint.max_completion_tokens) == (131072, 16384)
    assert (endpoint.uptime_percent, endpoint.tokens_per_second) == (Decimal("99.5"), Decimal("84.5"))
    assert endpoint.latency_seconds == Decimal("0.64")


@pytest.mark.parametrize("name", sorted(ITEM.keys() - {"provider_name"}))
@pytest.mark.parametrize("nonsense", [None, 3, "x", [], {}, [3], {"p50": "x"}, True, float("inf"), -1, 10**400])
def test_any_field_may_be_nonsense(name, nonsense):
    assert read(**{name: nonsense}).provider == "DeepInfra"


def test_without_a_name_it_is_left_out_and_many_are_not_all_read():
    assert read_endpoints([None, 3, {}, {"provider_name": 7}]) == []
    assert len(read_endpoints([ITEM] * 10_000)) == MAX_ENDPOINTS


def test_seconds_are_taken_for_seconds():
    assert read(latency_last_30m={"p50": 0.25}).latency_seconds == Decimal("0.25")


def test_who_keeps_nothing():
    more = [{"tag": "x"}, None, {"model_id": "half \ud83d"}, {"model_id": "x" * 999}, ITEM | {"tag": 3}]

    assert read_zero_retention({"data": [ITEM, *more]}) == {"maker/model-20260101": ["deepinfra/fp8", ""]}
    assert read_zero_retention({"data": "x"}) == {}
