"""What the form for settings says of OpenRouter's own tools: which engines there are, and what a call costs."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.catalogue.web_search import (
    AUTO,
    DATETIME,
    FETCH_ENGINE,
    NATIVE,
    WEB_FETCH,
    engines,
    price_of_engine,
    price_of_search,
    search_price_words,
)
from chat.formats import exact_price
from chat.openrouter import Model, ToolEngine
from chat.parameters.schema import Words

Options = tuple[tuple[str, Words], ...]


def engine_options(known: Mapping[str, Words], chosen: str, model: Model | None) -> Options:
    """The engines that OpenRouter offers, each with its price; those that are `known` if it has not said which.

    What is chosen stays among them.
    """
    offered = engines()
    if not offered:
        return _with_chosen(tuple(known.items()), chosen)
    listed = [(AUTO, known[AUTO]), *((each.id, _label(each, known, model)) for each in offered)]
    return _with_chosen(tuple(listed), chosen)


def price_sentence(setting: str, model: Model | None) -> str:
    """What a call of a tool that a setting turns on costs; "" for other settings."""
    match setting:
        case "web_search":
            return _sentence(price_of_search(model, {}), _("Each search costs %(price)s."))
        case "web_fetch":
            return _sentence(price_of_engine(FETCH_ENGINE, WEB_FETCH), _("Each page costs %(price)s."))
        case "datetime":
            tool = cache.server_tool(DATETIME)
            return _sentence(tool.engines[0].price if tool and tool.engines else None, _("Each call costs %(price)s."))
    return ""


def _label(engine: ToolEngine, known: Mapping[str, Words], model: Model | None) -> str:
    words = known.get(engine.id, engine.name)
    if engine.needs_own_key:
        return str(words)
    price = price_of_search(model, {"web_search_engine": NATIVE}) if engine.id == NATIVE else engine.price
    return f"{words}, {search_price_words(price)}"


def _with_chosen(options: Options, chosen: str) -> Options:
    return options if chosen in ("", *dict(options)) else (*options, (chosen, chosen))


def _sentence(price: Decimal | None, words: str) -> str:
    if price is None:
        return _("The price is unknown.")
    return words % {"price": exact_price(price)} if price else _("There is no extra charge.")
