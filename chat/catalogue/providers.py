"""Who provides a model, at what price and speed: fetched when somebody asks, and then known to all for some minutes."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from chat.catalogue import cache
from chat.models import CatalogueSnapshot, ModelProviders, User
from chat.openrouter import Endpoint, Model, NoEndpoint, OpenRouterError, read_endpoints
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

MAX_AGE = timedelta(minutes=5)


@dataclass(frozen=True)
class Provider:
    """An endpoint, and whether it keeps nothing of what it is sent; None: not known."""

    endpoint: Endpoint
    has_zero_retention: bool | None


@dataclass(frozen=True)
class Providers:
    """The providers as of a moment; None if they were never fetched. `is_outdated`: newer ones could not be fetched."""

    providers: list[Provider]
    fetched_at: datetime | None
    is_outdated: bool = False


def providers_of(model: Model, user: User) -> Providers:
    """The providers of a model in the list. This may wait for OpenRouter, up to some seconds."""
    asked = _target(model)
    known = ModelProviders.objects.filter(pk=asked.id).first()
    is_fresh = known is not None and timezone.now() - known.fetched_at < MAX_AGE
    shown = known if is_fresh else _fetch(asked, user) or known
    if shown is None:
        return Providers([], None)
    endpoints = read_endpoints(shown.endpoints)
    return Providers(_with_retention(asked, endpoints), shown.fetched_at, is_outdated=shown is known and not is_fresh)


def _target(model: Model) -> Model:
    """What an alias stands for: it has no providers of its own."""
    return (cache.find(model.alias_target) if model.alias_target else None) or model


def _fetch(model: Model, user: User) -> ModelProviders | None:
    """The providers as stored now; None when OpenRouter does not answer. One that has none is an answer, too."""
    key = user.working_key()
    try:
        endpoints = openrouter().endpoints(key, model.id)
    except NoEndpoint:
        endpoints = []
    except OpenRouterError as error:
        logger.info("Could not fetch the providers of %s: %s", model.id, error.kind)
        return None
    values = {"endpoints": endpoints, "fetched_at": timezone.now()}
    return ModelProviders.objects.update_or_create(pk=model.id, defaults=values)[0]


def _with_retention(model: Model, endpoints: list[Endpoint]) -> list[Provider]:
    stored = CatalogueSnapshot.objects.values_list("zero_retention", flat=True).first()
    if not isinstance(stored, dict):
        return [Provider(endpoint, None) for endpoint in endpoints]
    tags = cache.zero_retention_tags(model, stored)
    return [Provider(endpoint, bool(endpoint.tag) and endpoint.tag in tags) for endpoint in endpoints]
