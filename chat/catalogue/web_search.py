"""What OpenRouter's own tools cost, searches above all, as its lists of tools and of models say."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.formats import exact_price
from chat.openrouter import Model, ToolEngine

WEB_SEARCH, WEB_FETCH, DATETIME = "openrouter:web_search", "openrouter:web_fetch", "openrouter:datetime"
FETCH_ENGINE = "openrouter"  # its own; the others charge for each page
AUTO, NATIVE = "auto", "native"
INCLUDED_RESULTS = 10  # in the price of a call. Source: OpenRouter docs, "Web Search", pricing

Settings = Mapping[str, Any]  # of a chat


def engines() -> list[ToolEngine]:
    """The search engines to choose from, in OpenRouter's order; empty as long as they are not known."""
    tool = cache.server_tool(WEB_SEARCH)
    return [engine for engine in tool.engines if engine.is_offered and engine.id] if tool else []


def price_of_engine(id_: str, type_: str = WEB_SEARCH) -> Decimal | None:
    """US dollars for a search, or a call of another tool, with this engine; None if unknown or different by model."""
    tool = cache.server_tool(type_)
    engine = tool.engine(id_) if tool else None
    return engine.price if engine else None


def price_of_search(model: Model | None, settings: Settings) -> Decimal | None:
    """US dollars for a search by this model, as it most probably is; None if that is unknown."""
    own = native_price(model) if uses_native(settings) else None
    return price_of_engine(engine_without_native(settings)) if own is None else own


def highest_cost(models: Iterable[Model | None], settings: Settings, *, searches: int) -> Decimal:
    """US dollars for so many searches by one of the models, at most; what is unknown counts as nothing."""
    engine = engine_without_native(settings)
    prices = [price_of_engine(engine), *(native_price(model) for model in models if uses_native(settings))]
    each = max((price for price in prices if price is not None), default=Decimal(0))
    return searches * (each + _more_results(engine, settings))


def native_price(model: Model | None) -> Decimal | None:
    """What the provider of the model takes for a search of its own; None if it has none, or that is unknown."""
    return dict(model.prices.extra).get("web_search") if model else None


def search_price_words(dollars: Decimal | None) -> str:
    """What a search costs, in a few words."""
    if dollars is None:
        return _("price unknown")
    return _("%(price)s each") % {"price": exact_price(dollars)} if dollars else _("no charge from OpenRouter")


def uses_native(settings: Settings) -> bool:
    """Whether a search is the provider's own, where the model has one."""
    tool = cache.server_tool(WEB_SEARCH)
    chosen = settings.get("web_search_engine") or AUTO
    default = (tool and tool.default_engine) or NATIVE
    return chosen == NATIVE or (chosen == AUTO and default == NATIVE)


def engine_without_native(settings: Settings) -> str:
    """The engine of models whose provider has none of its own."""
    chosen = settings.get("web_search_engine") or AUTO
    if chosen not in (AUTO, NATIVE):
        return str(chosen)
    tool = cache.server_tool(WEB_SEARCH)
    names = (tool.default_engine, tool.fallback_engine) if tool else ()
    return next((name for name in names if name and name != NATIVE), "")


def _more_results(engine: str, settings: Settings) -> Decimal:
    """What the results beyond the included ones cost, if the chat asks for so many."""
    tool = cache.server_tool(WEB_SEARCH)
    found = tool.engine(engine) if tool else None
    wanted = (settings.get("web_search_max_results") or 0) - INCLUDED_RESULTS
    return found.more_price * min(wanted, found.max_more or wanted) if found and wanted > 0 else Decimal(0)
