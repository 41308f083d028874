"""Which model to offer by name when one did not answer: like it, and able to do what it was asked for."""

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

A_GENERATION = timedelta(days=365)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Requirements:
    """What another model has to be good for."""

    model_id: str  # the one that did not answer
    sees_images: bool = False
    tokens: int = 0  # that it has to read
    elsewhere: bool = False  # of another maker, whose servers and rules are others
    paid: bool = False  # because the limits of free models are reached
    suggested: Iterable[str] = ()  # what OpenRouter names itself, the best first


def alternative(wanted: Requirements) -> Model | None:
    """OpenRouter's suggestion if it will do; else the nearest by maker and price. None when nothing else will do.

    A free model gives way to a free one, where there is one: nobody is led to pay by surprise.
    """
    for model in map(cache.find, wanted.suggested):
        if model and _will_do(model, wanted):
            return model
    others = [model for model in cache.models() if _will_do(model, wanted)]
    known = cache.find(wanted.model_id)
    return min(others, key=_distance_from(known, wanted) if known else _distance_from_gone(wanted), default=None)


def free_alternative(wanted: Requirements) -> Model | None:
    """A model that costs nothing; None when there is none, or the one that was asked costs nothing already."""
    known = cache.find(wanted.model_id)
    if known and known.is_free:
        return None
    free = [model for model in cache.models() if model.is_free and _will_do(model, wanted)]
    makers = _models_by_maker()
    return min(free, key=lambda model: (_is_router(model), -makers[model.maker], _newest_first(model)), default=None)


def _will_do(model: Model, wanted: Requirements) -> bool:
    return (
        not _is_same(model, wanted.model_id)
        and model.alias_target is None  # what it stands for is in the list, too
        and "text" in model.output_modalities
        and (model.is_free or not _is_router(model))  # what a router chooses may cost anything
        and not (model.is_free and wanted.paid)
        and (model.sees_images or not wanted.sees_images)
        and (model.context_length is None or model.context_length > wanted.tokens)
        and (model.expires_on is None or model.expires_on > timezone.now().date())
    )


def _is_same(model: Model, model_id: str) -> bool:
    """The model itself, or what it stands for. A free version is another one: it has other servers."""
    known = cache.find(model_id)
    return model.id == model_id or (known is not None and known.alias_target == model.id)


def _without_variant(model_id: str) -> str:
    return model_id.partition(":")[0]


def _is_router(model: Model) -> bool:
    return model.prompt_price is None or model.completion_price is None or model.maker == "openrouter"


def _distance_from(known: Model, wanted: Requirements) -> Callable[[Model], Any]:
    makers = _models_by_maker()

    def distance(model: Model) -> tuple[Any, ...]:
        times = _times_dearer(model, known)
        return (
            model.is_free != known.is_free,
            model.output_modalities != known.output_modalities,
            _without_variant(model.id) != _without_variant(known.id),
            (model.maker == known.maker) if wanted.elsewhere else (model.maker != known.maker),
            sum(times > limit for limit in (2, 5, 20)),
            _made_at(known) - _made_at(model) > A_GENERATION,
            -makers[model.maker],
            times,
            _newest_first(model),
        )

    return distance


def _models_by_maker() -> Counter[str]:
    """Whoever offers many is more likely to be known, and to be there tomorrow."""
    return Counter(model.maker for model in cache.models())


def _distance_from_gone(wanted: Requirements) -> Callable[[Model], Any]:
    """Of a model that is in the list no more only the id is known: its maker, and the words of its family."""
    words = _words(wanted.model_id)
    maker = wanted.model_id.partition("/")[0]
    usual = default_model()

    def distance(model: Model) -> tuple[Any, ...]:
        return (
            model.is_free and not wanted.model_id.endswith(":free"),
            model.maker != maker,
            -len(words & _words(model.id)),
            model.id != usual,
            _newest_first(model),
        )

    return distance


def _words(model_id: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", model_id.lower()))


def _times_dearer(model: Model, known: Model) -> Decimal:
    """How far apart two prices are: 2 for twice as much, and for half."""
    ours, theirs = _price(model), _price(known)
    return max(ours, theirs) / min(ours, theirs) if ours and theirs else ours + theirs


def _price(model: Model) -> Decimal:
    """Of an exchange in which three times as much is read as written."""
    return 3 * (model.prompt_price or Decimal(0)) + (model.completion_price or Decimal(0))


def _newest_first(model: Model) -> float:
    return -_made_at(model).timestamp()


def _made_at(model: Model) -> datetime:
    return model.created_at or LONG_AGO
