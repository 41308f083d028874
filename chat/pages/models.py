"""The list of models, and the page of each: what their templates need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.catalogue.features import FEATURES, Feature, features_of, is_new, known_features
from chat.catalogue.model_search import MAX_QUERY_LENGTH, found_by
from chat.catalogue.personal_models import excluded_for
from chat.catalogue.picker import maker_of, name_of, price_of
from chat.catalogue.variants import Variant, variants_of
from chat.formats import exact_price, number, price_per_million
from chat.models import User
from chat.openrouter import Model, Tier
from chat.openrouter.catalogue.prices import LEAST_OF_AN_IMAGE

SEEN_IN_PRICE_OR_CONTEXT = ("free", "cheap", "long")  # features that a row shows by its numbers
EACH = ("request", "web_search")  # not by the token
PRICE_LABELS: Mapping[str, str | Promise] = {
    "prompt": gettext_lazy("Input"),
    "completion": gettext_lazy("Output"),
    "request": gettext_lazy("Request"),
    "image": gettext_lazy("Image input"),
    "image_token": gettext_lazy("Image tokens"),
    "image_output": gettext_lazy("Image output"),
    "audio": gettext_lazy("Audio input"),
    "audio_output": gettext_lazy("Audio output"),
    "web_search": gettext_lazy("Web search"),
    "internal_reasoning": gettext_lazy("Thinking"),
    "input_cache_read": gettext_lazy("Cached input"),
    "input_cache_write": gettext_lazy("Cache writes"),
    "input_cache_write_1h": gettext_lazy("Cache writes for an hour"),
    "input_audio_cache": gettext_lazy("Cached audio input"),
}
MODALITY_LABELS: Mapping[str, str | Promise] = {
    "text": gettext_lazy("text"),
    "image": gettext_lazy("images"),
    "file": gettext_lazy("files"),
    "audio": gettext_lazy("audio"),
    "video": gettext_lazy("video"),
}


@dataclass(frozen=True)
class Filter:
    feature: Feature
    is_on: bool


@dataclass(frozen=True)
class ModelList:
    """The models that were asked for, by maker, each as HTML; `excluded` others are not allowed to the person."""

    query: str
    filters: list[Filter]
    groups: list[tuple[str, list[SafeString]]]
    found: int
    excluded: int
    is_known: bool  # there is a list at all
    lacks_zero_retention: bool  # it was asked for, but which models have it is not known


@dataclass(frozen=True)
class PriceLine:
    label: str | Promise
    price: str


@dataclass(frozen=True)
class PriceTier:
    condition: str
    lines: list[PriceLine]


def model_list(user: User, asked: Mapping[str, str]) -> ModelList:
    """The list that an address asks for: `q`, and the names of features that are "1"."""
    query = asked.get("q", "")[:MAX_QUERY_LENGTH]
    on = [feature for feature in FEATURES if asked.get(feature.name) == "1"]
    models = [model for model in found_by(query, _by_maker()) if all(feature.applies(model) for feature in on)]
    excluded = excluded_for(user)
    shown = [model for model in models if model.id not in excluded]
    return ModelList(
        query,
        [Filter(feature, feature in on) for feature in known_features()],
        [(maker, [_row(model) for model in group]) for maker, group in groupby(shown, maker_of)],
        found=len(shown),
        excluded=len(models) - len(shown),
        is_known=bool(cache.models()),
        lacks_zero_retention=any(feature not in known_features() for feature in on),
    )


def _by_maker() -> list[Model]:
    def make() -> list[Model]:
        return sorted(cache.models(), key=lambda model: (maker_of(model).lower(), model.name.lower(), model.id))

    return cache.cached("sorted", make)


def _row(model: Model) -> SafeString:
    """The row as HTML: made once a day for each list and language, because there are hundreds."""

    def make() -> SafeString:
        abilities = [each.label for each in features_of(model) if each.name not in SEEN_IN_PRICE_OR_CONTEXT]
        context = {"model": model, "name": name_of(model.id), "price": price_of(model), "abilities": abilities}
        return render_to_string("models/_row.html", {**context, "is_new": is_new(model)})

    return cache.cached(f"row {get_language()} {timezone.now().date()} {model.id}", make)


def privacy_settings_url() -> str:
    return f"{settings.OPENROUTER_URL}/settings/privacy"


@dataclass(frozen=True)
class ModelPage:
    """A model with all that its page says of it."""

    model: Model
    is_available: bool  # the person's settings allow it

    @property
    def name(self) -> str:
        return name_of(self.model.id)

    @property
    def maker(self) -> str:
        return maker_of(self.model)

    @property
    def is_new(self) -> bool:
        return is_new(self.model)

    @property
    def abilities(self) -> list[str | Promise]:
        return [feature.label for feature in features_of(self.model)]

    @property
    def prices(self) -> list[PriceLine]:
        prices = self.model.prices
        return list(_price_lines(prices.prompt, prices.completion, prices.extra))

    @property
    def price(self) -> str:
        """The price in words, for models whose prices are no amounts."""
        return price_of(self.model)

    @property
    def tiers(self) -> list[PriceTier]:
        return [
            PriceTier(_condition(tier), list(_price_lines(tier.prompt, tier.completion, tier.extra)))
            for tier in self.model.prices.tiers
        ]

    @property
    def inputs(self) -> str:
        return _modalities(self.model.input_modalities)

    @property
    def outputs(self) -> str:
        return _modalities(self.model.output_modalities)

    @property
    def parameters(self) -> list[tuple[str, Decimal | None]]:
        """Name and default value of each; the value is None where OpenRouter names none."""
        defaults = dict(self.model.default_parameters)
        return [(name, defaults.get(name)) for name in sorted(self.model.supported_parameters | defaults.keys())]

    @property
    def alias_target(self) -> Model | None:
        return cache.find(self.model.alias_target) if self.model.alias_target else None

    @property
    def aliases(self) -> list[str]:
        """Other ids that lead to it."""
        aliases = [model.id for model in cache.models() if model.alias_target == self.model.id]
        return aliases + [self.model.canonical_slug] * (self.model.canonical_slug != self.model.id)

    @property
    def variants(self) -> list[Variant]:
        has_providers = self.model.prompt_price is not None and not self.model.is_free
        return list(variants_of(self.model.id, cache.is_listed, takes_shortcuts=has_providers))


def _price_lines(
    prompt: Decimal | None, completion: Decimal | None, extra: tuple[tuple[str, Decimal], ...]
) -> Iterator[PriceLine]:
    for name, amount in (("prompt", prompt), ("completion", completion), *extra):
        if amount is not None:
            yield PriceLine(PRICE_LABELS[name], _in_words(name, amount))


def _in_words(name: str, amount: Decimal) -> str:
    if amount == 0:
        return _("free")
    if name in EACH or (name.startswith("image") and amount >= LEAST_OF_AN_IMAGE):
        return _("%(price)s each") % {"price": exact_price(amount)}
    return _("%(price)s per million tokens") % {"price": price_per_million(amount)}


def _condition(tier: Tier) -> str:
    """When the prices of a tier apply."""
    above = number(tier.min_prompt_tokens) if tier.min_prompt_tokens is not None else ""
    begin, end = (f"{time // 100:02}:{time % 100:02}" for time in tier.hours or (0, 0))
    words = {"tokens": above, "begin": begin, "end": end}
    if above and tier.hours:
        return _("Above %(tokens)s tokens of input, from %(begin)s to %(end)s UTC") % words
    if above:
        return _("Above %(tokens)s tokens of input") % words
    return _("From %(begin)s to %(end)s UTC") % words


def _modalities(names: frozenset[str]) -> str:
    """In words, the usual ones first."""
    order = [*MODALITY_LABELS, *sorted(names - MODALITY_LABELS.keys())]
    return ", ".join(str(MODALITY_LABELS.get(name, name)) for name in order if name in names)
