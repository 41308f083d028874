"""The models as the picker shows them: by maker, with what matters for choosing."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.formats import price
from chat.openrouter import Model


@dataclass(frozen=True)
class Choice:
    id: str
    name: str
    note: str
    sees_images: bool
    measures: SafeString  # attributes for static/js/composer/estimate.js


def options(selected: str) -> SafeString:
    """The content of a <select>: models by maker. A selected one that is gone from the list stays choosable."""
    groups = _groups()
    if selected and not cache.find(selected):
        gone = Choice(selected, selected, "", sees_images=True, measures=SafeString())
        groups = [("", [gone]), *groups]
    return mark_safe("".join(_group(maker, models, selected) for maker, models in groups))  # noqa: S308 - of templates


def default_model() -> str:
    """DEFAULT_MODEL, or OpenRouter's own choice where that is not to be had."""
    known = cache.find(settings.DEFAULT_MODEL) or not cache.find("openrouter/auto")
    return settings.DEFAULT_MODEL if known else "openrouter/auto"


def default_seeing_model() -> str:
    """DEFAULT_MODEL if it sees images, else the cheapest that does, and costs something; empty without any.

    Free models have hourly limits, and their makers may learn from what they are shown.
    """
    model = cache.find(default_model())
    if model and model.sees_images:
        return model.id
    prices = {
        model.id: model.prompt_price + model.completion_price
        for model in cache.models()
        if model.sees_images and model.prompt_price and model.completion_price
    }
    return min(prices, key=prices.__getitem__, default="")


def name_of(model_id: str) -> str:
    """What a model is called wherever it is named, asked for by its id or named by an answer; an unknown one by its id.

    Without its maker, which the picker has as a heading, unless two makers have one of that name.
    """
    model = cache.find(model_id) or cache.find_by_slug(model_id)
    return _names().get(model.id, model.name) if model else model_id


def _names() -> dict[str, str]:
    def make() -> dict[str, str]:
        short = {model.id: model.name.removeprefix(f"{_maker(model)}: ") for model in cache.models()}
        times = Counter(short.values())
        return {model.id: short[model.id] if times[short[model.id]] == 1 else model.name for model in cache.models()}

    return cache.remembered("names", make)


def price_of(model: Model) -> str:
    """Say what it costs: in and out, "free", or for a router that it varies; empty when it is not known."""
    if model.is_free:
        return _("free")
    if model.prompt_price is None or model.completion_price is None:
        return _("price varies") if model.maker == "openrouter" else ""
    return _("%(prompt)s in, %(completion)s out per million tokens") % {
        "prompt": price(model.prompt_price * 1_000_000),
        "completion": price(model.completion_price * 1_000_000),
    }


def _groups() -> list[tuple[str, list[Choice]]]:
    """(maker, models) in alphabetical order."""

    def make() -> list[tuple[str, list[Choice]]]:
        models = sorted(cache.models(), key=lambda model: (_maker(model).lower(), model.name.lower()))
        return [(maker, [_choice(model) for model in group]) for maker, group in groupby(models, _maker)]

    return cache.remembered(f"groups {get_language()}", make)


def _group(maker: str, models: list[Choice], selected: str) -> str:
    def make() -> str:
        return render_to_string(
            "composer/_model_options.html", {"maker": maker, "models": models, "selected": selected}
        )

    if any(model.id == selected for model in models):
        return make()
    return cache.remembered(f"group {get_language()} {maker}", make)  # hundreds of options: half of a page's time


def _choice(model: Model) -> Choice:
    return Choice(model.id, name_of(model.id), _note(model), model.sees_images, _measures(model))


def _measures(model: Model) -> SafeString:
    """What reading and writing a million tokens costs, in dollars, and how many tokens fit; what is known of it."""
    prices = {"price-in": model.prompt_price, "price-out": model.completion_price}
    per_million = [(name, price * 1_000_000) for name, price in prices.items() if price is not None]
    room = [("room", Decimal(model.context_length))] if model.context_length else []
    plain = [(name, f"{amount.normalize():f}") for name, amount in [*per_million, *room]]
    return format_html_join("", ' data-{}="{}"', plain)


def _maker(model: Model) -> str:
    """As written: most names are "Google: Gemini 3.7 Flash"."""
    maker, colon, _ = model.name.partition(": ")
    return maker if colon else model.maker


def _note(model: Model) -> str:
    notes = [price_of(model)]
    if model.sees_images:
        notes.append(_("accepts images"))
    return ", ".join(filter(None, notes))
