"""Which models a person's settings at OpenRouter allow, and their presets there: fetched while they use the site."""

import logging
from datetime import timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from chat.background import spawn, try_to_store
from chat.catalogue import cache
from chat.catalogue.pseudo_models import PRESET
from chat.catalogue.refresh import refresh_server_tools
from chat.models import PersonalModels, User
from chat.openrouter import Model, OpenRouterError
from chat.rate_limit import RateLimit
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

AGE_TO_REFRESH = timedelta(hours=1)
LOOKS = RateLimit(at_once=1, seconds_each=300)  # of each process at the age of a person's row


class Personal(NamedTuple):
    """The models and presets of a person, as OpenRouter last said; empty until it has been asked."""

    excluded: frozenset[str] = frozenset()  # ids of models
    presets: tuple[str, ...] = ()  # ids that begin with "@preset/"


def personal_choices(user: User) -> Personal:
    """Which models the person's settings exclude, and which presets they have there, in one query."""
    found = PersonalModels.objects.filter(user=user).values_list("excluded", "presets").first()
    return Personal(frozenset(found[0]), tuple(PRESET + slug for slug in found[1])) if found else Personal()


def excluded_for(user: User) -> frozenset[str]:
    """The ids of the models that the person's settings exclude, as last fetched; none as long as that is not known."""
    return personal_choices(user).excluded


def presets_of(user: User) -> tuple[str, ...]:
    """The person's presets at OpenRouter as ids of models ("@preset/tutor"); none as long as they are not known."""
    return personal_choices(user).presets


def models_for(user: User) -> list[Model]:
    """`cache.models` without those that the person's settings exclude."""
    excluded = excluded_for(user)
    return [model for model in cache.models() if model.id not in excluded]


def is_available_to(user: User, model: Model) -> bool:
    """Whether the person's settings allow the model; True as long as that is not known. Takes a query each time."""
    return model.id not in excluded_for(user)


def keep_fresh(user: User) -> None:
    """Fetch what the person may use, in a thread, if it is old: for pages that are opened. It waits for nothing."""
    if not LOOKS.wait_seconds(user.pk):
        spawn(_name(user.pk), partial(refresh, user.pk))


def refresh(user_id: UUID) -> None:
    """Fetch what the person may use, if it is due and nobody else does."""
    try_to_store(_name(user_id), partial(_refresh, user_id))


def _refresh(user_id: UUID) -> None:
    user = User.objects.select_related("stored_key").filter(pk=user_id).first()
    if user is None or not cache.models():
        return
    PersonalModels.objects.bulk_create([PersonalModels(user=user)], ignore_conflicts=True)
    rows = PersonalModels.objects.filter(user=user)
    if rows.claim():
        excluded = _fetch_excluded(user)
        if excluded is None:
            rows.mark_failed()
        else:
            rows.mark_fetched(next_after=AGE_TO_REFRESH, excluded=excluded, **_fetch_presets(user))
            if key := user.working_key():
                refresh_server_tools(key)


def _fetch_excluded(user: User) -> list[str] | None:
    key = user.working_key()
    try:
        allowed = openrouter().models_of_user(key) if key else None
    except OpenRouterError as error:
        logger.info("Could not fetch the models of %s: %s", user.pk, error.kind)
        return None
    return None if allowed is None else _excluded(allowed)


def _fetch_presets(user: User) -> dict[str, list[str]]:
    """The column with their slugs; without it, what was there stays, if OpenRouter could not say."""
    key = user.working_key()
    slugs = openrouter().presets_of_user(key) if key else None
    return {} if slugs is None else {"presets": slugs}


def _excluded(allowed: list[Model]) -> list[str]:
    """What is listed but not allowed. Where all of that writes text, nothing was said of other models."""
    ids = {model.id for model in allowed}
    has_all_kinds = any(not model.writes_text for model in allowed)
    return [model.id for model in cache.models() if model.id not in ids and (model.writes_text or has_all_kinds)]


def _name(user_id: UUID) -> str:
    return f"personal-models-{user_id}"
