"""OpenRouter's own tools and their prices, whatever is sent."""

from decimal import Decimal

import pytest

from chat.openrouter import read_server_tools
from chat.openrouter.catalogue.server_tools import MAX_ENGINES, MAX_TOOLS, select_server_tools
from tests.standin import server_tools

SEARCH = "openrouter:web_search"
ENGINE = {"id": "exa", "name": "Exa", "byok": "none", "pricing_source": "openrouter", "default_mode": "auto"}


def price(amount: str, **more: object) -> dict[str, object]:
    return {"unit": "request", "price": amount, "mode": None, "max_units_per_call": 1, **more}


def read(*pricing: object, **changes: object):
    item = {"id": SEARCH, "engines": [{**ENGINE, "pricing": list(pricing), **changes}]}
    return read_server_tools(select_server_tools({"data": [item]}))[SEARCH].engines[0]


def test_all_that_openrouter_lists():
    tools = read_server_tools(select_server_tools(server_tools.listing()))
    search = tools[SEARCH]

    assert list(tools) == [SEARCH, "openrouter:web_fetch", "openrouter:datetime"]
    assert (search.name, search.default_engine, search.fallback_engine) == ("Web search", "native", "exa")
    assert {engine.id: engine.price for engine in search.engines} == {
        "native": None,
        "exa": Decimal("0.007"),
        "parallel": Decimal("0.005"),
        "perplexity": Decimal("0.005"),
        "firecrawl": 0,
    }
    assert [engine.id for engine in search.engines if engine.needs_own_key] == ["firecrawl"]
    assert (search.engine("exa").more_price, search.engine("exa").max_more) == (Decimal("0.001"), 15)
    assert [engine.price for engine in tools["openrouter:datetime"].engines] == [0]


def test_the_price_is_that_of_the_default_mode_else_the_highest():
    rows = [price("0.007", mode="auto"), price("0.015", mode="deep")]

    assert read(*rows).price == Decimal("0.007")
    assert read(*rows, default_mode=None).price == Decimal("0.015")
    assert read(price("0.002"), default_mode=None).price == Decimal("0.002")


@pytest.mark.parametrize(
    "body",
    [
        [{"id": SEARCH, "engines": [{"id": "exa", "pricing": [price("0.007")]}]}],
        {"tools": [{"type": SEARCH, "engines": {"exa": {"pricing": {"request": "0.007"}}}}]},
        {"data": [{"name": SEARCH, "engines": [{"id": "exa", "price": 0.007}]}]},
    ],
)
def test_other_shapes_are_read_too(body):
    (engine,) = read_server_tools(select_server_tools(body))[SEARCH].engines

    assert (engine.id, engine.price) == ("exa", Decimal("0.007"))


@pytest.mark.parametrize("body", [None, 3, "x", [], {}, {"data": "x"}, {"data": [None, 3, {}, {"id": 7}]}])
def test_what_is_no_list_of_tools_has_none(body):
    assert select_server_tools(body) == []


@pytest.mark.parametrize("name", ["name", "status", "default_engine", "fallback_engine", "engines"])
@pytest.mark.parametrize("nonsense", [None, 3, "x", [], {}, [3], {"p": "x"}, True, float("inf"), -1, 10**400])
def test_any_field_of_a_tool_may_be_nonsense(name, nonsense):
    assert SEARCH in read_server_tools([{**server_tools.TOOLS[0], name: nonsense}])


@pytest.mark.parametrize("name", ["name", "byok", "pricing", "pricing_source", "default_mode", "status"])
@pytest.mark.parametrize("nonsense", [None, 3, "x", [], {}, [3], {"p": "x"}, True, float("inf"), -1, 10**400])
def test_any_field_of_an_engine_may_be_nonsense(name, nonsense):
    assert read(price("0.007"), **{name: nonsense}).id == "exa"


@pytest.mark.parametrize("amount", ["x", "-1", "1e9", None, [], True])
def test_a_price_that_is_none_is_unknown(amount):
    assert read(price(amount)).price is None


def test_what_cannot_be_stored_is_left_out_and_many_are_not_all_read():
    assert select_server_tools([{"id": SEARCH, "name": "half \ud83d"}, {"id": "x" * 999}]) == []
    assert len(select_server_tools([{"id": SEARCH}] * 10_000)) == MAX_TOOLS
    assert len(read_server_tools([{"id": SEARCH, "engines": ["exa"] * 10_000}])[SEARCH].engines) == MAX_ENGINES


def test_a_tool_that_is_over_says_so():
    assert read_server_tools([{"id": SEARCH, "status": "active"}])[SEARCH].is_offered
    assert not read_server_tools([{"id": SEARCH, "status": "deprecated"}])[SEARCH].is_offered
    assert not read(price("0.007"), status="unavailable").is_offered
    assert not read(price("0.007"), available=False).is_offered
