"""Finds a model to offer when another did not answer: one that is similar and can do what was asked for."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from chat.catalogue import cache
from chat.catalogue.picker import default_model
from chat.openrouter import Model

GENERATION = timedelta(days=365)
CHEAPER = 4  # times: less is not worth another model
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Requirements:
    """What the other model has to be able to do."""

    model_id: str  # of the model that did not answer
    sees_images: bool = False
    tokens: int = 0  # of input
    other_maker: bool = False  # whether to prefer another maker, with other servers and rules
    paid: bool = False  # whether it must cost something: the limits of free models are reached
    suggested: Iterable[str] = ()  # ids that OpenRouter suggested, best first


def alternative(wanted: Requirements) -> Model | None:
    """OpenRouter's suggestion if it is suitable, else the suitable model nearest by maker and price; None without any.

    The alternative to a free model is a free one if possible, so that nobody pays by surprise.
    """
    for model in map(cache.find, wanted.suggested):
        if model and _is_suitable(model, wanted):
            return model
    return next((model for model in _nearest_first(wanted) if _is_suitable(model, wanted)), None)


def successor(model_id: str) -> Model | None:
    """The model to name in place of one that is no longer in the list; None when nothing is suitable.

    That is what it stood for if it was an alias, else the nearest one that stays.
    """
    gone = cache.find_gone(model_id)
    if gone and gone.alias_target and (target := cache.find(gone.alias_target)):
        return target
    wanted = Requirements(model_id, sees_images=bool(gone and gone.sees_images))
    staying = (model for model in _nearest_first(wanted) if model.expires_on is None and _is_suitable(model, wanted))
    return next(staying, None)


def _nearest_first(wanted: Requirements) -> list[Model]:
    """All models; sorted once for each list of models, because comparing hundreds of prices takes milliseconds.

    For a model that nobody knows they are sorted each time: its id comes from a request and may be anything.
    """
    known = cache.find(wanted.model_id) or cache.find_gone(wanted.model_id)
    if known is None:
        return sorted(cache.models(), key=_distance_from_unlisted(wanted))
    name = f"nearest {wanted.model_id} {wanted.other_maker}"
    return cache.cached(name, lambda: sorted(cache.models(), key=_distance_from(known, wanted)))


def cheaper_alternative(wanted: Requirements) -> Model | None:
    """The nearest suitable model at a quarter of the price or less, which costs something; None without any."""
    known = cache.find(wanted.model_id)
    if known is None:
        return None
    most = _price(known) / CHEAPER
    cheaper = (model for model in _nearest_first(wanted) if 0 < _price(model) <= most)
    return next((model for model in cheaper if _is_suitable(model, wanted)), None)


def free_alternative(wanted: Requirements) -> Model | None:
    """A suitable model that is free; None when there is none, or the model that was asked is free already."""
    known = cache.find(wanted.model_id)
    if known and known.is_free:
        return None
    free = [model for model in cache.models() if model.is_free and _is_suitable(model, wanted)]
    makers = _models_by_maker()
    return min(free, key=lambda model: (_is_router(model), -makers[model.maker], _newest_first(model)), default=None)


def image_editor(model_id: str) -> Model | None:
    """The model itself if it accepts and makes images, else the nearest that does; None without any."""
    known = cache.find(model_id)
    if known and known.edits_images:
        return known
    editors = (model for model in _nearest_first(Requirements(model_id)) if model.edits_images)
    return next((model for model in editors if _is_lasting(model) and not _is_router(model)), None)


def _is_suitable(model: Model, wanted: Requirements) -> bool:
    return (
        not _is_same(model, wanted.model_id)
        and _is_lasting(model)
        and model.writes_text
        and (model.is_free or not _is_router(model))  # the model that a router chooses may cost anything
        and not (model.is_free and wanted.paid)
        and (model.sees_images or not wanted.sees_images)
        and (model.context_length is None or model.context_length > wanted.tokens)
    )


def _is_lasting(model: Model) -> bool:
    """Whether it is still offered, and no alias: the target of one is in the list, too."""
    return model.alias_target is None and (model.expires_on is None or model.expires_on > timezone.now().date())


def _is_same(model: Model, model_id: str) -> bool:
    """Whether it is the model itself or the target of its alias. A free version is another model: other servers."""
    known = cache.find(model_id)
    return model.id == model_id or (known is not None and known.alias_target == model.id)


def _without_variant(model_id: str) -> str:
    return model_id.partition(":")[0]


def _is_router(model: Model) -> bool:
    return model.prompt_price is None or model.completion_price is None or model.maker == "openrouter"


def _distance_from(known: Model, wanted: Requirements) -> Callable[[Model], Any]:
    makers = _models_by_maker()

    def distance(model: Model) -> tuple[Any, ...]:
        ratio = _price_ratio(model, known)
        return (
            model.is_free != known.is_free,
            model.output_modalities != known.output_modalities,
            _without_variant(model.id) != _without_variant(known.id),
            (model.maker == known.maker) if wanted.other_maker else (model.maker != known.maker),
            sum(ratio > limit for limit in (2, 5, 20)),
            _made_at(known) - _made_at(model) > GENERATION,
            -makers[model.maker],
            ratio,
            _newest_first(model),
        )

    return distance


def _models_by_maker() -> Counter[str]:
    """Number of models by maker: makers of many are better known, and more likely to last."""
    return Counter(model.maker for model in cache.models())


def _distance_from_unlisted(wanted: Requirements) -> Callable[[Model], Any]:
    """For a model that is not in the list any more. Only its id is known: the maker, and the words of its name."""
    words = _words(wanted.model_id)
    maker = wanted.model_id.partition("/")[0]
    default = default_model()

    def distance(model: Model) -> tuple[Any, ...]:
        return (
            model.is_free and not wanted.model_id.endswith(":free"),
            model.maker != maker,
            -len(words & _words(model.id)),
            model.id != default,
            _newest_first(model),
        )

    return distance


def _words(model_id: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", model_id.lower()))


def _price_ratio(model: Model, known: Model) -> Decimal:
    """How far apart two prices are: 2 both for twice as much and for half."""
    ours, theirs = _price(model), _price(known)
    return max(ours, theirs) / min(ours, theirs) if ours and theirs else ours + theirs


def _price(model: Model) -> Decimal:
    """The price, in dollars, of four tokens: three of input, one of output."""
    return 3 * (model.prompt_price or Decimal(0)) + (model.completion_price or Decimal(0))


def _newest_first(model: Model) -> float:
    return -_made_at(model).timestamp()


def _made_at(model: Model) -> datetime:
    return model.created_at or LONG_AGO
