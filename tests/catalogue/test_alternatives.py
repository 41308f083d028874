"""Which model is offered by name when one did not answer."""

from decimal import Decimal
from typing import Any

import pytest

from chat.catalogue import cache
from chat.catalogue.alternatives import Requirements, alternative, cheaper_alternative, free_alternative, successor
from chat.openrouter import read_models
from tests.stored_models import store_models

FLASH = "google/gemini-3.7-flash"
HAIKU, SONNET = "anthropic/claude-haiku-4.5", "anthropic/claude-sonnet-5"
GEMMA, OSS = "google/gemma-4-31b-it:free", "openai/gpt-oss-20b:free"


@pytest.fixture(autouse=True)
def _catalogue(standin, db):
    store_models()


def found(model_id, **wanted):
    model = alternative(Requirements(model_id, **wanted))
    return model.id if model else None


@pytest.mark.parametrize(
    ("model_id", "wanted", "expected"),
    [
        (SONNET, {}, HAIKU),
        (HAIKU, {}, SONNET),
        (HAIKU, {"tokens": 200_000}, SONNET),
        (SONNET, {"tokens": 1_000_000}, FLASH),
        (SONNET, {"other_maker": True}, "x-ai/grok-4.5"),
        (FLASH, {"other_maker": True}, "openai/gpt-5.4-mini"),
        ("meta-llama/llama-3.3-70b-instruct", {}, "deepseek/deepseek-v4-flash-0731"),
        ("meta-llama/llama-3.3-70b-instruct", {"sees_images": True}, "mistralai/mistral-small-3.2-24b-instruct"),
        (GEMMA, {}, OSS),
        (OSS, {"sees_images": True}, GEMMA),
        (GEMMA, {"paid": True}, FLASH),
        (FLASH, {"tokens": 10**9}, None),
    ],
)
def test_it_is_near_by_maker_and_price_and_good_for_what_is_asked(model_id, wanted, expected):
    assert found(model_id, **wanted) == expected


def test_the_router_is_never_offered_since_nobody_knows_its_price():
    assert all(found(model.id) != "openrouter/auto" for model in cache.models())


def test_an_alias_is_the_same_model():
    assert found(FLASH) != "~google/gemini-flash-latest"
    assert found("~google/gemini-flash-latest") != FLASH


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("anthropic/claude-3.5-sonnet", SONNET),
        ("anthropic/claude-3-haiku", HAIKU),
        ("google/gemini-2.0-flash-001", FLASH),
        ("google/gemma-2-9b-it:free", GEMMA),
        ("meta-llama/llama-3.3-70b-instruct:free", "meta-llama/llama-3.3-70b-instruct"),
        ("nobody/nothing", FLASH),
    ],
)
def test_one_that_is_gone_has_a_successor_in_its_family(settings, model_id, expected):
    settings.DEFAULT_MODEL = FLASH

    assert found(model_id) == expected


def test_what_openrouter_suggests_comes_first_if_it_will_do():
    assert found(SONNET, suggested=["gone/for-good", SONNET, OSS, HAIKU]) == OSS
    assert found(SONNET, suggested=["gone/for-good", OSS, HAIKU], sees_images=True) == HAIKU
    assert found(SONNET, suggested=["openrouter/auto"]) == HAIKU


def test_a_free_one_can_be_had_unless_it_was_free_already():
    def free(model_id, **wanted):
        model = free_alternative(Requirements(model_id, **wanted))
        return model.id if model else None

    assert free(SONNET) in (GEMMA, OSS)
    assert free(SONNET, sees_images=True) == GEMMA
    assert free(GEMMA) is None
    assert free("gone/for-good", tokens=10**9) is None


def test_a_free_router_is_offered_only_where_nothing_else_is_free(monkeypatch):
    def item(id_, price="0", **more):
        pricing = {"prompt": price, "completion": price}
        return {"id": id_, "pricing": pricing, "architecture": {"output_modalities": ["text"]}, **more}

    def offered(*items):
        models = {model.id: model for model in read_models({"data": list(items)})}
        monkeypatch.setattr(cache, "_by_id", lambda: models)
        model = free_alternative(Requirements("a/paid"))
        return model.id if model else None

    assert offered(item("openrouter/free"), item("b/free", created=1), item("c/free", created=2)) == "c/free"
    assert offered(item("openrouter/free"), item("b/free", expiration_date="2020-01-01")) == "openrouter/free"
    assert offered(item("a/paid", "0.1")) is None


@pytest.mark.parametrize("maker", ["google/", "nobody/", "@preset/"])
def test_nothing_is_remembered_of_ids_that_nobody_knows(maker):
    for number in range(3):
        assert successor(f"{maker}gone-{number}")
        assert alternative(Requirements(f"{maker}gone-{number}", other_maker=True))

    assert not any("gone" in name for name in cache._parsed.derived)


class TestSuccessor:
    def successor_of(self, *gone, staying=()):
        def item(id_, price="0.000001", **more):
            pricing = {"prompt": price, "completion": price}
            return {"id": id_, "pricing": pricing, "architecture": {"output_modalities": ["text"]}, **more}

        store_models(*(item(*each[:-1], **each[-1]) for each in staying), gone=[item(gone[0], **gone[1])])
        model = successor(gone[0])
        return model.id if model else None

    def test_an_alias_leads_to_what_it_stood_for(self):
        alias = ("~a/model-latest", {"alias_target": {"slug": "b/target", "name": "Target"}})

        assert self.successor_of(*alias, staying=[("a/model-2", {}), ("b/target", {})]) == "b/target"
        assert self.successor_of(*alias, staying=[("a/model-2", {}), ("c/other", {})]) == "a/model-2"

    def test_it_is_the_nearest_by_what_is_remembered_of_its_price_and_its_maker(self):
        staying: list[Any] = [("a/dear", "0.001", {}), ("a/near", "0.0000011", {}), ("b/other", {})]

        assert self.successor_of("a/model", {}, staying=staying) == "a/near"

    def test_one_that_will_go_itself_is_not_named(self):
        going = ("a/model-2", {"expiration_date": "2100-01-01"})

        assert self.successor_of("a/model", {}, staying=[going, ("b/other", {})]) == "b/other"
        assert self.successor_of("a/model", {}, staying=[going]) is None


def price_of(model_id: str) -> Decimal:
    model = cache.find(model_id)
    assert model
    assert model.prompt_price is not None
    assert model.completion_price is not None
    return 3 * model.prompt_price + model.completion_price


def test_a_cheaper_one_costs_a_quarter_or_less_and_can_do_the_same():
    for wanted in (Requirements(SONNET), Requirements(SONNET, sees_images=True), Requirements(SONNET, tokens=300_000)):
        cheaper = cheaper_alternative(wanted)
        assert cheaper
        assert 4 * price_of(cheaper.id) <= price_of(SONNET)
        assert not cheaper.is_free
        assert cheaper.sees_images or not wanted.sees_images
        assert (cheaper.context_length or wanted.tokens + 1) > wanted.tokens

    for model_id in (GEMMA, "nobody/nothing", ""):
        assert cheaper_alternative(Requirements(model_id)) is None
