from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from chat.openrouter import read_models

ITEM = {
    "id": "maker/model-1:free",
    "name": "Maker: Model 1 (free)",
    "created": 1762104939,
    "description": "Large and small.",
    "context_length": 262144,
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"], "tokenizer": "Other"},
    "pricing": {"prompt": "0.00000045", "completion": "0.0000032", "overrides": [{"prompt": "9"}]},
    "top_provider": {"context_length": 131072, "max_completion_tokens": 8192, "is_moderated": True},
    "supported_parameters": ["max_tokens", "tools"],
    "expiration_date": "2026-12-31",
    "alias_target": None,
}


def read(**changes: object):
    (model,) = read_models({"data": [ITEM | changes]})
    return model


def test_all_that_it_tells():
    model = read()

    assert (model.id, model.name, model.maker) == ("maker/model-1:free", "Maker: Model 1 (free)", "maker")
    assert (model.context_length, model.max_completion_tokens) == (262144, 8192)
    assert (model.prompt_price, model.completion_price) == (Decimal("0.00000045"), Decimal("0.0000032"))
    assert (model.sees_images, model.draws_images, model.is_moderated, model.is_free) == (True, False, True, False)
    assert model.supported_parameters == {"max_tokens", "tools"}
    assert model.created_at == datetime(2025, 11, 2, 17, 35, 39, tzinfo=UTC)
    assert model.expires_on == date(2026, 12, 31)


def test_everything_but_the_id_may_be_absent():
    (model,) = read_models({"data": [{"id": "maker/model"}]})

    assert (model.name, model.maker, model.context_length) == ("maker/model", "maker", None)
    assert (model.prompt_price, model.completion_price, model.is_free) == (None, None, False)
    assert (model.created_at, model.expires_on, model.sees_images) == (None, None, False)


@pytest.mark.parametrize("name", sorted(ITEM.keys() - {"id"}))
@pytest.mark.parametrize("nonsense", [None, 3, "x", [], {}, [3], {"x": "y"}, True, float("inf"), 1e300])
def test_any_field_may_be_nonsense(name, nonsense):
    assert read(**{name: nonsense}).id == ITEM["id"]


def test_a_bad_item_is_skipped_and_the_order_kept():
    told = {"data": [{"id": "b/b"}, None, {}, {"id": 3}, "x", {"id": ""}, {"id": "a/a"}]}

    assert [model.id for model in read_models(told)] == ["b/b", "a/a"]


@pytest.mark.parametrize("told", [{}, {"data": None}, {"data": {}}])
def test_no_catalogue_is_an_empty_one(told):
    assert read_models(told) == []


@pytest.mark.parametrize(
    ("pricing", "is_free"),
    [
        ({"prompt": "0", "completion": "0"}, True),
        ({"prompt": "0", "completion": "0", "request": "0", "overrides": []}, True),
        ({"prompt": "0", "completion": "0", "image_output": "0.00003"}, False),
        ({"prompt": "0", "completion": "0.1"}, False),
        ({"prompt": "0"}, False),
        ({"prompt": "-1", "completion": "-1"}, False),
        ({}, False),
    ],
)
def test_free_is_what_has_no_price_at_all(pricing, is_free):
    assert read(pricing=pricing).is_free is is_free


def test_a_router_has_no_price():
    model = read(pricing={"prompt": "-1", "completion": "-1"})

    assert (model.prompt_price, model.completion_price) == (None, None)


def test_the_maker_of_an_alias():
    assert read(id="~maker/model-latest").maker == "maker"


def test_an_alias_tells_what_it_stands_for():
    target = {"name": "Google: Gemini 3.7 Flash", "slug": "google/gemini-3.7-flash"}
    (model,) = read_models({"data": [ITEM | {"id": "~google/gemini-flash-latest", "alias_target": target}]})

    assert model.alias_target == "google/gemini-3.7-flash"


@pytest.mark.parametrize(
    "item",
    [
        {"pricing": {"prompt": "1e20", "completion": "0"}},
        {"pricing": {"prompt": "0", "completion": "0", "image": "1e20"}},
        {"pricing": {"prompt": "NaN", "completion": "0"}},
        {"pricing": {"prompt": "Infinity", "completion": "0"}},
        {"name": "half \ud83d"},
        {"id": "maker/\udc00"},
        {"description": "\ud800"},
        {"name": "a\0b"},
        {"name": "x" * 5_000},
        {"id": "x" * 5_000},
        {"id": 7},
    ],
    ids=repr,
)
def test_one_bad_item_is_left_out_and_logged(item, caplog):
    assert [model.id for model in read_models({"data": [ITEM | item, ITEM, None, 7]})] == [ITEM["id"]]
    assert "number 0" in caplog.text
    caplog.text.encode()


@pytest.mark.parametrize("number", [10**400, -(10**400), 1e300, float("nan"), float("inf"), "9" * 5_000, "1e999999999"])
@pytest.mark.parametrize("field", ["context_length", "created"])
def test_a_number_that_is_none_is_not_known(field, number):
    model = read(**{field: number})

    assert model.context_length in (131072, 262144)
    assert model.created_at is None or field == "context_length"


def test_what_costs_an_unknown_amount_is_not_free():
    assert not read(pricing={"prompt": "soon", "completion": "0"}).is_free


def test_how_it_reasons():
    told = {"mandatory": True, "default_effort": "medium", "supported_efforts": ["high", 3, "low"]}
    reasoning = read(reasoning=told).reasoning

    assert (reasoning.is_mandatory, reasoning.default_effort) == (True, "medium")
    assert reasoning.supported_efforts == ("high", "low")
    assert (reasoning.is_on_by_default, reasoning.accepts_max_tokens) == (None, False)
    assert read(reasoning={"mandatory": False}).reasoning.supported_efforts is None
    assert read().reasoning is None


def test_its_defaults_and_what_it_knows_of():
    model = read(default_parameters={"temperature": 0.7, "top_p": None, "top_k": "x"}, knowledge_cutoff="2026-01-31")

    assert model.default_parameters == (("temperature", Decimal("0.7")),)
    assert model.knowledge_cutoff == date(2026, 1, 31)


@pytest.mark.parametrize("name", ["reasoning", "default_parameters", "knowledge_cutoff"])
@pytest.mark.parametrize("nonsense", [None, 3, "x", [], {}, [3], {"x": "y"}, True, {"supported_efforts": {}}])
def test_any_further_field_may_be_nonsense(name, nonsense):
    hash(read(**{name: nonsense}))


@pytest.mark.parametrize(
    ("outputs", "can_chat"),
    [(["text"], True), (["image"], True), (["embeddings"], False), (["video"], False), ([], True)],
)
def test_a_chat_gets_nothing_out_of_embeddings(outputs, can_chat):
    assert read(architecture={"output_modalities": outputs}).can_chat is can_chat
