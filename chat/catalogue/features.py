"""What models can do and cost, as features that people filter by: in the picker and in the list of models."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.catalogue import cache
from chat.openrouter import Model

CHEAP_DOLLARS_PER_TOKEN = Decimal(1) / 1_000_000  # of input and of output
LONG_CONTEXT_TOKENS = 100_000
NEW = timedelta(days=14)


@dataclass(frozen=True)
class Feature:
    """A property that a model has or has not. `name` is its parameter in addresses, `label` its name on the page."""

    name: str
    label: str | Promise
    applies: Callable[[Model], bool]


FEATURES = (
    Feature("free", gettext_lazy("Free"), lambda model: model.is_free),
    Feature("images_in", gettext_lazy("Accepts images"), lambda model: model.sees_images),
    Feature("images_out", gettext_lazy("Makes images"), lambda model: model.draws_images),
    Feature("files", gettext_lazy("Accepts files"), lambda model: "file" in model.input_modalities),
    Feature("reasoning", gettext_lazy("Thinks"), lambda model: "reasoning" in model.supported_parameters),
    Feature("tools", gettext_lazy("Uses tools"), lambda model: "tools" in model.supported_parameters),
    Feature(
        "structured",
        gettext_lazy("Structured output"),
        lambda model: "structured_outputs" in model.supported_parameters,
    ),
    Feature("cheap", gettext_lazy("Under $1 per million"), lambda model: _is_cheap(model)),
    Feature("long", gettext_lazy("Long context"), lambda model: (model.context_length or 0) >= LONG_CONTEXT_TOKENS),
    Feature("zdr", gettext_lazy("Zero data retention"), lambda model: model.has_zero_retention is True),
)


def features_of(model: Model) -> tuple[Feature, ...]:
    """The features of `model`, in the order in which pages show them."""
    return tuple(feature for feature in FEATURES if feature.applies(model))


def known_features() -> tuple[Feature, ...]:
    """The features to filter by: OpenRouter may not say which models can be used with zero data retention."""
    return tuple(feature for feature in FEATURES if feature.name != "zdr" or cache.knows_zero_retention())


def is_new(model: Model) -> bool:
    return model.created_at is not None and timezone.now() - model.created_at < NEW


def _is_cheap(model: Model) -> bool:
    prices = (model.prompt_price, model.completion_price)
    return all(price is not None and price < CHEAP_DOLLARS_PER_TOKEN for price in prices)
