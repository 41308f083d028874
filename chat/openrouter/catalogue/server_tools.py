"""Reads the list of server tools: those that OpenRouter runs itself during an answer, and what each engine charges.

Any field may be missing or of another type. Source: OpenRouter's SDK, `ServerTool` and the types in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from chat.openrouter.catalogue.prices import read_price
from chat.openrouter.json_fields import as_int, as_list, as_object, as_text, problem_of_text

MAX_TOOLS = 100
MAX_ENGINES = 30  # of one tool
MAX_ROWS = 20  # prices of one engine
MAX_LENGTH = 200  # characters of a name
# The fields that are read below; the JSON schemas of arguments and results are most of an item, and nothing needs them.
FIELDS = ("id", "type", "name", "status", "default_engine", "fallback_engine", "engines")
PER_CALL = ("request", "call", "search", "")  # units of which each call has one
NOT_OFFERED = ("deprecated", "disabled", "inactive", "unavailable")


@dataclass(frozen=True, slots=True)
class ToolEngine:
    """A way in which a tool can be run. Prices are US dollars; None is unknown.

    `more_price` is for each further unit, like a result beyond those that the price of a call includes, of which one
    call has `max_more` at most.
    """

    id: str  # what a request names; "" for the only engine of a tool
    name: str
    price: Decimal | None  # of a call
    more_price: Decimal
    max_more: int
    needs_own_key: bool  # the engine's vendor bills the person, not OpenRouter
    is_offered: bool


@dataclass(frozen=True, slots=True)
class ServerTool:
    """A tool. An engine that a request does not name is `default_engine`, else `fallback_engine`."""

    type: str  # what a request names: "openrouter:web_search"
    name: str
    is_offered: bool
    default_engine: str
    fallback_engine: str
    engines: tuple[ToolEngine, ...]

    def engine(self, id_: str) -> ToolEngine | None:
        return next((engine for engine in self.engines if engine.id == id_), None)


def select_server_tools(body: object) -> list[dict[str, Any]]:
    """Return the tools in a response of /tools that can be stored, with the fields that `read_server_tools` reads."""
    listed = body if isinstance(body, list) else as_list(as_object(body).get("data") or as_object(body).get("tools"))
    items = [as_object(item) for item in listed[:MAX_TOOLS]]
    known = [{name: item[name] for name in FIELDS if name in item} for item in items if _type_of(item)]
    return [item for item in known if not problem_of_text(item)]


def read_server_tools(items: Iterable[object]) -> dict[str, ServerTool]:
    """Return the tools among `items` by their types."""
    tools = [_read_tool(as_object(item)) for item in islice(items, MAX_TOOLS)]
    return {tool.type: tool for tool in tools if tool.type}


def _type_of(item: dict[str, Any]) -> str:
    names = (as_text(item.get(field)) for field in ("id", "type", "name"))
    return next((name for name in names if name and len(name) <= MAX_LENGTH), "")


def _read_tool(item: dict[str, Any]) -> ServerTool:
    return ServerTool(
        type=_type_of(item),
        name=as_text(item.get("name"))[:MAX_LENGTH] or _type_of(item),
        is_offered=_is_offered(item),
        default_engine=as_text(item.get("default_engine")),
        fallback_engine=as_text(item.get("fallback_engine")),
        engines=tuple(map(_read_engine, _engines(item.get("engines")))),
    )


def _engines(value: object) -> Iterator[dict[str, Any]]:
    """The engines of a list, of names alone, or of an object by their names."""
    named = value.items() if isinstance(value, dict) else ((each, each) for each in as_list(value))
    for name, each in islice(named, MAX_ENGINES):
        engine = {"id": name} | as_object(each) if isinstance(name, str) else as_object(each)
        if len(as_text(engine.get("id"))) <= MAX_LENGTH:
            yield engine


def _is_offered(item: dict[str, Any]) -> bool:
    return as_text(item.get("status")).lower() not in NOT_OFFERED and item.get("available") is not False


def _read_engine(engine: dict[str, Any]) -> ToolEngine:
    rows = list(_rows(engine.get("pricing", engine.get("price"))))
    mode = as_text(engine.get("default_mode"))
    calls = [row for row in rows if _unit(row) in PER_CALL]
    more = next((row for row in rows if _unit(row) not in PER_CALL), {})
    more_price = read_price(more.get("price"))
    return ToolEngine(
        id=as_text(engine.get("id")),
        name=as_text(engine.get("name"))[:MAX_LENGTH] or as_text(engine.get("id")),
        price=_price(engine, calls, mode),
        more_price=more_price or Decimal(0),
        max_more=max(as_int(more.get("max_units_per_call")) or 0, 0) if more_price else 0,
        needs_own_key=_needs_own_key(engine),
        is_offered=_is_offered(engine),
    )


def _rows(pricing: object) -> Iterator[dict[str, Any]]:
    """The rows of a list, of an object by their units, or of a single price."""
    if isinstance(pricing, dict):
        yield from ({"unit": unit, "price": price} for unit, price in islice(pricing.items(), MAX_ROWS))
    elif isinstance(pricing, list):
        yield from map(as_object, pricing[:MAX_ROWS])
    elif pricing is not None:
        yield {"price": pricing}


def _unit(row: dict[str, Any]) -> str:
    return as_text(row.get("unit"))


def _price(engine: dict[str, Any], calls: list[dict[str, Any]], mode: str) -> Decimal | None:
    """The price of a call that names no mode; where it depends on the mode and none is the default, the highest."""
    if engine.get("pricing_source") == "none" or _needs_own_key(engine):
        return Decimal(0)
    apply = [row for row in calls if as_text(row.get("mode")) in ("", mode)] or calls
    prices = [price for row in apply if (price := read_price(row.get("price"))) is not None]
    return max(prices, default=None)


def _needs_own_key(engine: dict[str, Any]) -> bool:
    return engine.get("byok") == "required" or engine.get("pricing_source") == "byok"
