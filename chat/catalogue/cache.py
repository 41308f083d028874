"""OpenRouter's models, without asking OpenRouter on the way to a page.

Kept in the database, so a restart has it at once and an outage leaves the last known list; each process keeps the
parsed form. An old list is shown while a thread fetches a newer one.
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
from chat.openrouter import Model, OpenRouterError, read_models, sound_items
from chat.upstream import openrouter

T = TypeVar("T")

logger = logging.getLogger(__name__)

FRESH = timedelta(hours=1)
LOOK_AGAIN_SECONDS = 60.0  # between looks at the database, and between attempts after a failed fetch


@dataclass
class _Parsed:
    models: dict[str, Model] = field(default_factory=dict)
    made_of_it: dict[str, Any] = field(default_factory=dict)
    looked_at: float = float("-inf")  # time.monotonic()


_parsed = _Parsed()
_fetching = threading.Lock()


def models() -> list[Model]:
    """What can be chosen, in OpenRouter's order; empty when it could never be fetched."""
    return list(_by_id().values())


def known() -> list[Model]:
    """The same without ever waiting for OpenRouter: empty until the list has been fetched once."""
    return models() if _parsed.models or CatalogueSnapshot.objects.exists() else []


def fetch_ahead() -> None:
    """Fetch, in a thread, the list that the very first page would otherwise wait for."""
    spawn("catalogue", _fetch_if_missing)


def find(model_id: str) -> Model | None:
    return _by_id().get(model_id)


def find_by_slug(canonical_slug: str) -> Model | None:
    """The model that an answer says it comes from; variants (":free") share its slug, and have longer ids."""
    same = (model for model in _by_id().values() if model.canonical_slug == canonical_slug)
    return min(same, key=lambda model: len(model.id), default=None)


def remembered(name: str, make: Callable[[], T]) -> T:
    """What `make` returns; what it returned before, while the list is still the same."""
    _by_id()
    if name not in _parsed.made_of_it:
        _parsed.made_of_it[name] = make()
    made: T = _parsed.made_of_it[name]
    return made


def forget() -> None:
    """Begin anew, as a process does that has just started."""
    _keep({})
    _parsed.looked_at = float("-inf")


def _by_id() -> dict[str, Model]:
    if time.monotonic() - _parsed.looked_at < LOOK_AGAIN_SECONDS:
        return _parsed.models
    _parsed.looked_at = time.monotonic()
    snapshot = CatalogueSnapshot.objects.filter(pk=CatalogueSnapshot.ONLY).first()
    if snapshot is None:
        return _fetch()  # the very first page: better a moment later than without models
    _keep(known := _parse(snapshot.items))
    if timezone.now() - snapshot.fetched_at > FRESH:
        spawn("catalogue", _fetch)
    return known


def _fetch_if_missing() -> None:
    if not CatalogueSnapshot.objects.exists():
        _fetch()


def _fetch() -> dict[str, Model]:
    with _fetching:
        try:
            items = sound_items(openrouter().catalogue())
        except OpenRouterError as error:
            logger.warning("Could not fetch the list of models: %s", error.kind)
            return _parsed.models
        if items:
            CatalogueSnapshot.objects.update_or_create(
                pk=CatalogueSnapshot.ONLY, defaults={"items": items, "fetched_at": timezone.now()}
            )
            _keep(_parse(items))
        return _parsed.models


def _keep(models: dict[str, Model]) -> None:
    _parsed.models, _parsed.made_of_it = models, {}


def _parse(items: Sequence[object]) -> dict[str, Model]:
    # ":batch" variants answer hours later: nothing to chat with.
    return {model.id: model for model in read_models({"data": [*items]}) if not model.id.endswith(":batch")}
