"""The list of OpenRouter's models, cached, so that pages do not wait for OpenRouter.

The database has the list as last fetched, for restarts and outages; each process has it parsed. While a list is out of
date it is still used, and a thread fetches a new one.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from django.utils import timezone

from chat.background import spawn
from chat.models import CatalogueSnapshot
from chat.openrouter import Model, OpenRouterError, read_models, usable_items
from chat.upstream import openrouter

T = TypeVar("T")

logger = logging.getLogger(__name__)

MAX_AGE = timedelta(hours=1)
CHECK_SECONDS = 60.0  # between reads of the database, and between attempts to fetch


@dataclass
class _Parsed:
    models: dict[str, Model] = field(default_factory=dict)
    derived: dict[str, Any] = field(default_factory=dict)  # values computed from `models`, by name
    checked_at: float = float("-inf")  # time.monotonic() of the last read of the database


_parsed = _Parsed()
_fetch_lock = threading.Lock()


def models() -> list[Model]:
    """The models to choose from, in OpenRouter's order; empty when they could never be fetched."""
    return list(_by_id().values())


def models_if_fetched() -> list[Model]:
    """`models`, but empty instead of waiting for OpenRouter when the list has not been fetched yet."""
    return models() if _parsed.models or CatalogueSnapshot.objects.exists() else []


def prefetch() -> None:
    """Fetch the list in a thread if there is none, so that the very first page need not wait for it."""
    spawn("catalogue", _fetch_if_missing)


def find(model_id: str) -> Model | None:
    """The model with this id; None when it is not in the list."""
    return _by_id().get(model_id)


def find_by_slug(canonical_slug: str) -> Model | None:
    """The model by the name that an answer gives. Variants (":free") share it, so this takes the shortest id."""
    same = (model for model in _by_id().values() if model.canonical_slug == canonical_slug)
    return min(same, key=lambda model: len(model.id), default=None)


def cached(name: str, make: Callable[[], T]) -> T:
    """The value of `make`, which is called once for each list of models."""
    _by_id()
    if name not in _parsed.derived:
        _parsed.derived[name] = make()
    made: T = _parsed.derived[name]
    return made


def reset() -> None:
    """Forget the parsed list, as if the process had just started. For tests."""
    _replace({})
    _parsed.checked_at = float("-inf")


def _by_id() -> dict[str, Model]:
    if time.monotonic() - _parsed.checked_at < CHECK_SECONDS:
        return _parsed.models
    _parsed.checked_at = time.monotonic()
    snapshot = CatalogueSnapshot.objects.filter(pk=CatalogueSnapshot.ONLY).first()
    if snapshot is None:
        return _fetch()  # the very first page waits for the list
    _replace(models_if_fetched := _parse(snapshot.items))
    if timezone.now() - snapshot.fetched_at > MAX_AGE:
        spawn("catalogue", _fetch)
    return models_if_fetched


def _fetch_if_missing() -> None:
    if not CatalogueSnapshot.objects.exists():
        _fetch()


def _fetch() -> dict[str, Model]:
    with _fetch_lock:
        try:
            items = usable_items(openrouter().catalogue())
        except OpenRouterError as error:
            logger.warning("Could not fetch the list of models: %s", error.kind)
            return _parsed.models
        if items:
            CatalogueSnapshot.objects.update_or_create(
                pk=CatalogueSnapshot.ONLY, defaults={"items": items, "fetched_at": timezone.now()}
            )
            _replace(_parse(items))
        return _parsed.models


def _replace(models: dict[str, Model]) -> None:
    _parsed.models, _parsed.derived = models, {}


def _parse(items: Sequence[object]) -> dict[str, Model]:
    # ":batch" variants answer hours later, which is no use in a chat.
    return {model.id: model for model in read_models({"data": [*items]}) if not model.id.endswith(":batch")}
