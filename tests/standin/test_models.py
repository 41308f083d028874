import json

import pytest
import requests

from tests.standin import catalogue, models
from tests.standin.refusal import Refused


@pytest.fixture
def listed(standin):
    return requests.get(f"{standin.url}/api/v1/models", timeout=60).json()


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


def asks(standin, path: str, **query: str):
    headers = {"Authorization": f"Bearer {standin.make_key()}"} if query.pop("key", "") else {}
    return requests.get(f"{standin.url}/api/v1/{path}", query, headers=headers, timeout=60)


def ids(response) -> set[str]:
    return {item["id"] for item in response.json()["data"]}


def test_what_writes_no_text_is_listed_only_when_asked_for(standin):
    more = ids(asks(standin, "models", output_modalities="all")) - ids(asks(standin, "models"))

    voices = {model.id for model in catalogue.MODELS if {"speech", "transcription"} & set(model.outputs)}
    assert more == {"black-forest-labs/flux.2-pro", "openai/text-embedding-3-small"} | voices
    assert len(voices) == 5
    assert "black-forest-labs/flux.2-pro" in ids(asks(standin, "models", output_modalities="image"))


def test_the_list_of_a_person_leaves_out_what_they_exclude_and_needs_a_key(standin):
    standin.excludes("x-ai/grok-4.5")

    assert ids(asks(standin, "models")) - ids(asks(standin, "models/user", key="yes")) == {"x-ai/grok-4.5"}
    assert asks(standin, "models/user").status_code == 401


def test_presets_are_listed_a_page_at_a_time_to_who_has_a_key(standin):
    standin.has_presets("one", "two", "three")
    page = asks(standin, "presets", key="yes", offset="1", limit="1").json()

    assert (page["total_count"], [item["slug"] for item in page["data"]]) == (3, ["two"])
    assert asks(standin, "presets").status_code == 401
    assert asks(standin, "presets", key="yes", limit="101").status_code == 400


def test_a_preset_stands_for_a_model_as_long_as_it_exists():
    assert models.named("@preset/tutor", presets=["tutor"]).id == "google/gemini-3.7-flash"
    for other in ("@preset/other", "tutor", "@preset/"):
        with pytest.raises(Refused):
            models.named(other, presets=["tutor"])


def test_providers_tell_their_speed_only_to_who_has_a_key(standin):
    path = "models/anthropic/claude-haiku-4.5/endpoints"
    plain, fast = (asks(standin, path, **query).json()["data"]["endpoints"] for query in ({}, {"key": "yes"}))

    assert [one["provider_name"] for one in plain] == ["Amazon Bedrock", "Second Source"]
    assert plain[0]["latency_last_30m"] is None
    assert fast[0]["latency_last_30m"]["p50"] > 0
    assert asks(standin, "models/nobody/nothing/endpoints").status_code == 404
    assert asks(standin, "models/google/gemma-4-31b-it:free/endpoints").json()["data"]["endpoints"]


def test_some_keep_nothing(standin):
    kept = {one["model_id"] for one in asks(standin, "endpoints/zdr").json()["data"]}

    assert kept == {"anthropic/claude-4.5-haiku-20251001", "meta-llama/llama-3.3-70b-instruct"}


def test_models_that_make_images_say_with_which_options(standin):
    options = {one["id"]: one["supported_parameters"] for one in asks(standin, "images/models").json()["data"]}

    assert options["black-forest-labs/flux.2-pro"]["resolution"] == {"type": "enum", "values": ["512", "1K", "2K"]}
    assert "resolution" not in options["google/gemini-2.5-flash-image"]


LISTS = ["models", "models/user", "endpoints/zdr", "models/endpoints", "presets", "images/models", "tools"]


@pytest.mark.parametrize("endpoint", LISTS)
def test_each_list_can_fail(standin, endpoint):
    standin.answers(502, to=endpoint)
    path = "models/openrouter/auto/endpoints" if endpoint == "models/endpoints" else endpoint

    assert asks(standin, path, key="yes").status_code == 502
    assert asks(standin, path, key="yes").status_code == 200
