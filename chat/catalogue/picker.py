"""The options of the model picker: models by maker, with names, prices and abilities."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.catalogue.features import features_of, is_new
from chat.catalogue.image_prices import image_price
from chat.catalogue.pseudo_models import NO_MODEL, name_of_pseudo_model
from chat.catalogue.voice import name_of_voice_model
from chat.catalogue.web_search import native_price, search_price_words
from chat.formats import price
from chat.openrouter import Model


@dataclass(frozen=True)
class Choice:
    """A model as an option of the picker."""

    id: str
    name: str
    note: str
    sees_images: bool
    data_attributes: SafeString  # for static/js/composer/estimate.js and static/js/lib/model-picker.js


Words = str | Promise
Group = tuple[Words | None, list[Choice]]  # a maker, empty for what is not in the list, None for what is no model

OPENROUTER_PRESETS = gettext_lazy("Your OpenRouter presets")  # in place of a maker


def options(selected: str, excluded: Collection[str] = (), presets: Collection[str] = ()) -> SafeString:
    """The content of a <select>: models by maker, without `excluded` ones.

    First comes what is no model (chat/catalogue/pseudo_models.py): the default, a `selected` one that is not in the
    list, and the person's `presets` at OpenRouter.
    """
    groups: list[Group] = [*_groups_without(excluded, selected)]
    if presets:
        groups.insert(0, (OPENROUTER_PRESETS, [_pseudo_model(preset) for preset in presets]))
    if selected and not cache.is_listed(selected) and selected not in (NO_MODEL, *presets):
        unlisted = Choice(selected, name_of(selected), "", sees_images=True, data_attributes=SafeString())
        groups.insert(0, ("", [unlisted]))
    groups.insert(0, (None, [_pseudo_model(NO_MODEL)]))
    return mark_safe("".join(_group(maker, models, selected) for maker, models in groups))  # noqa: S308 - of templates


def default_model() -> str:
    """The id DEFAULT_MODEL; or "openrouter/auto" when only that one is in the list."""
    is_usable = cache.find(settings.DEFAULT_MODEL) or not cache.find("openrouter/auto")
    return settings.DEFAULT_MODEL if is_usable else "openrouter/auto"


def default_vision_model() -> str:
    """The default model if it accepts images, else the cheapest that does and is not free; empty without any.

    Free models have low limits, and their providers may train on what they get.
    """
    model = cache.find(default_model())
    if model and model.sees_images and model.writes_text:
        return model.id
    prices = {
        model.id: model.prompt_price + model.completion_price
        for model in cache.models()
        if model.sees_images and model.writes_text and model.prompt_price and model.completion_price
    }
    return min(prices, key=prices.__getitem__, default="")


def name_of(model_id: str) -> str:
    """The name to show for a model, by its id or by the name that an answer gives; an unknown one keeps its id.

    Without the maker ("Gemini 3.7 Flash"), unless models of two makers have the same name.
    """
    if name := name_of_pseudo_model(model_id):
        return name
    model = cache.find(model_id) or cache.find_by_slug(model_id) or cache.find_gone(model_id)
    return _names().get(model.id, model.name) if model else name_of_voice_model(model_id)


def _names() -> dict[str, str]:
    def make() -> dict[str, str]:
        short = {model.id: model.name.removeprefix(f"{maker_of(model)}: ") for model in cache.models()}
        times = Counter(short.values())
        return {model.id: short[model.id] if times[short[model.id]] == 1 else model.name for model in cache.models()}

    return cache.cached("names", make)


def price_of(model: Model) -> str:
    """The price in words: for input and output, "free", or "price varies" for routers; empty when it is unknown."""
    if model.is_free:
        return _("free")
    if _is_paid_otherwise(model):
        return _("paid per image or request")
    if model.prompt_price is None or model.completion_price is None:
        return _("price varies") if model.maker == "openrouter" else ""
    return _("%(prompt)s in, %(completion)s out per million tokens") % {
        "prompt": price(model.prompt_price * 1_000_000),
        "completion": price(model.completion_price * 1_000_000),
    }


def _groups() -> list[tuple[str, list[Choice]]]:
    """(maker, models) in alphabetical order."""

    def make() -> list[tuple[str, list[Choice]]]:
        models = sorted(cache.models(), key=lambda model: (maker_of(model).lower(), model.name.lower()))
        groups = groupby(models, maker_of)
        return [(maker, [_choice(model) for model in group]) for maker, group in groups]

    return cache.cached(f"groups {get_language()}", make)


def _is_paid_otherwise(model: Model) -> bool:
    """Whether its tokens cost nothing, but something else does, as of many models that make images."""
    return not model.is_free and model.prompt_price == model.completion_price == 0


def _groups_without(excluded: Collection[str], selected: str) -> list[tuple[str, list[Choice]]]:
    if not excluded:
        return _groups()
    hidden = {*excluded} - {selected}
    rest = [(maker, [each for each in group if each.id not in hidden]) for maker, group in _groups()]
    return [(maker, group) for maker, group in rest if group]


def _group(maker: Words | None, models: list[Choice], selected: str) -> str:
    def make() -> str:
        return render_to_string(
            "composer/_model_options.html", {"maker": maker, "models": models, "selected": selected}
        )

    if not maker or maker is OPENROUTER_PRESETS or any(model.id == selected for model in models):
        return make()
    # Hundreds of options took half of the time of a page. Groups of people who exclude other models differ.
    ids = hash(tuple(model.id for model in models))
    return cache.cached(f"group {get_language()} {maker} {ids}", make)


def _pseudo_model(model_id: str) -> Choice:
    return Choice(model_id, name_of_pseudo_model(model_id), "", sees_images=True, data_attributes=SafeString())


def _choice(model: Model) -> Choice:
    return Choice(model.id, name_of(model.id), _note(model), model.sees_images, _data_attributes(model))


def _data_attributes(model: Model) -> SafeString:
    """`data-` attributes: dollars for a million tokens in and out, or for an image, context, features, is it new.

    Also what a search by its provider costs, in words, and whether it cannot search.
    """
    prices = {"price-in": model.prompt_price, "price-out": model.completion_price}
    is_priced = not _is_paid_otherwise(model)
    per_million = [(name, price * 1_000_000) for name, price in prices.items() if price is not None and is_priced]
    context = [("room", Decimal(model.context_length))] if model.context_length else []
    image = [("image-out", each)] if model.draws_images and (each := image_price(model)) else []
    attributes = [(name, f"{amount.normalize():f}") for name, amount in [*per_million, *image, *context]]
    if features := features_of(model):
        attributes.append(("features", " ".join(feature.name for feature in features)))
    if model.hears_audio:
        attributes.append(("hears", ""))
    if is_new(model):
        attributes.append(("new", ""))
    if own := native_price(model):
        attributes.append(("search", search_price_words(own)))
    if not model.may_use_tools:
        attributes.append(("no-tools", ""))
    return format_html_join("", ' data-{}="{}"', attributes)


def maker_of(model: Model) -> str:
    """The maker as written in names, like "Google: Gemini 3.7 Flash", of this model or another; else from the id."""
    maker, colon, _ = model.name.partition(": ")
    return maker if colon else _makers().get(model.maker, model.maker)


def _makers() -> dict[str, str]:
    """How makers are written in names, by how they are written in ids."""

    def make() -> dict[str, str]:
        names = ((model.maker, model.name.partition(": ")) for model in cache.models())
        return {maker: written for maker, (written, colon, _) in names if colon}

    return cache.cached("makers", make)


def _note(model: Model) -> str:
    notes = [price_of(model)]
    if model.sees_images:
        notes.append(_("accepts images"))
    return ", ".join(filter(None, notes))
