import json

import pytest
import requests

from tests.standin import models


@pytest.fixture
def listed(standin):
    return requests.get(f"{standin.url}/api/v1/models", timeout=10).json()


def test_everyone_may_list_them(listed):
    assert listed["total_count"] == len(listed["data"]) >= 12
    assert listed["links"] == {"next": None}


def test_the_list_has_every_kind(listed):
    items = {item["id"]: item for item in listed["data"]}

    assert items["openrouter/auto"]["pricing"] == {"prompt": "-1", "completion": "-1"}
    assert items["~google/gemini-flash-latest"]["alias_target"]["slug"] == "google/gemini-3.7-flash"
    assert [item for item in items.values() if item["architecture"]["modality"] == "text->text"]
    assert [item for item in items.values() if "image" in item["architecture"]["output_modalities"]]
    assert [item for item in items.values() if item["pricing"]["prompt"] == "0"]
    assert [item for item in items.values() if item.get("reasoning", {}).get("mandatory")]
    assert [item for item in items.values() if item["top_provider"]["max_completion_tokens"] is None]
    assert len({item["id"].partition("/")[0] for item in items.values()}) >= 6


def test_prices_are_strings(listed):
    prices = [price for item in listed["data"] for name, price in item["pricing"].items() if name != "overrides"]

    assert all(isinstance(price, str) and float(price) >= -1 for price in prices)


def test_suffixes_and_aliases_lead_to_a_model():
    assert models.named("openai/gpt-5.4-mini:nitro").id == "openai/gpt-5.4-mini"
    assert models.answering(models.named("~google/gemini-flash-latest")).id == "google/gemini-3.7-flash"
    assert models.answering(models.named("openrouter/auto")).cost(1000, 1000) > (0, 0)


def test_items_have_the_keys_of_recorded_ones(listed, recording):
    recorded = json.loads(recording("models__x__rig-da841d").body)
    optional = {"benchmarks", "reasoning", "alias_target"}  # not on every model there either
    keys = {key for item in recorded["data"] for key in item}

    assert set(listed) == set(recorded)
    for item in listed["data"]:
        assert keys - optional <= set(item) <= keys
        assert set(item["architecture"]) == set(recorded["data"][0]["architecture"])
        assert set(item["top_provider"]) == set(recorded["data"][0]["top_provider"])
        assert set(item["pricing"]) <= {key for other in recorded["data"] for key in other["pricing"]}
