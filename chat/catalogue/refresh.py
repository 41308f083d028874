"""Fetches the list of models in the background: one process at a time for all of them, whoever claims the row first.

It stays in the database while OpenRouter is away; failed attempts come less and less often.
"""

import hashlib
import json
import logging
from datetime import timedelta
from typing import Any

from django.utils import timezone

from chat.background import Ticker
from chat.catalogue import cache
from chat.models import CatalogueSnapshot, ModelProviders
from chat.openrouter import ApiKey, OpenRouterError, usable_items
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

# With a look every half minute, and the minute until all processes have it, no list is older than five minutes.
AGE_TO_REFRESH = timedelta(minutes=3)
LOOK_SECONDS = 30.0
MAX_GONE = 300  # models that are remembered after they left the list
NEEDLESS = ("benchmarks", "links", "per_request_limits", "hugging_face_id")  # a third of an item
BESIDE = ("zero_retention", "image_options", "server_tools")  # what is fetched with the list
PROVIDERS_LIFETIME = timedelta(days=1)

Items = list[dict[str, Any]]


def ensure_running() -> None:
    """Start the thread of this process that keeps the list fresh; the first list is fetched at once."""
    _ticker.ensure_running()


def stop() -> None:
    """End that thread: this process is about to end."""
    _ticker.stop()


def refresh() -> bool:
    """Fetch the list if it is due and nobody else does, and take over what is stored."""
    rows = CatalogueSnapshot.objects.filter(pk=CatalogueSnapshot.ONLY)
    if not rows.exists():
        CatalogueSnapshot.objects.bulk_create([CatalogueSnapshot(items=[])], ignore_conflicts=True)
    if rows.claim():
        _fetch()
    cache.load_if_changed()
    return True  # for ever


def _fetch() -> None:
    rows = CatalogueSnapshot.objects.filter(pk=CatalogueSnapshot.ONLY)
    items = _items()
    if not items:
        rows.mark_failed()
        return
    known = rows.get()
    _store(known, items)
    # By themselves, so that the list does not wait for them.
    _store(rows.get(), items, zero_retention=_zero_retention())
    _store(rows.get(), items, image_options=_image_options() or known.image_options)
    _store(rows.get(), items, server_tools=_server_tools(known.server_tools))
    ModelProviders.objects.filter(fetched_at__lt=timezone.now() - PROVIDERS_LIFETIME).delete()


def _items() -> Items:
    try:
        items = usable_items(openrouter().catalogue(output_modalities="all"))
    except OpenRouterError as error:
        logger.warning("Could not fetch the list of models: %s", error.kind)
        return []
    return [{name: value for name, value in item.items() if name not in NEEDLESS} for item in items]


def _zero_retention() -> dict[str, list[str]] | None:
    """The providers that keep nothing, by model; None when OpenRouter does not answer: the list can do without."""
    try:
        return openrouter().zero_retention()
    except OpenRouterError as error:
        logger.info("Could not fetch which providers keep nothing: %s", error.kind)
        return None


def _image_options() -> dict[str, dict[str, list[str]]] | None:
    """The options for images, by model; None when OpenRouter does not answer: those that were known stay."""
    try:
        return openrouter().image_options()
    except OpenRouterError as error:
        logger.info("Could not fetch the options for images: %s", error.kind)
        return None


def _server_tools(known: dict[str, Any] | None) -> dict[str, Any] | None:
    """OpenRouter's own tools; those that are known if it does not answer, or says them only to who has a key."""
    try:
        return {"items": openrouter().server_tools(), "needs_key": False}
    except OpenRouterError as error:
        logger.info("Could not fetch the server tools: %s", error.kind)
        if error.status in (401, 403):
            return {"items": (known or {}).get("items", []), "needs_key": True}
        return None if error.status == 404 else known


def refresh_server_tools(key: ApiKey) -> None:
    """Fetch OpenRouter's own tools with the key of a person, for all, if OpenRouter wants one. For background work."""
    known = CatalogueSnapshot.objects.filter(server_tools__needs_key=True).first()
    if known is None:
        return
    try:
        tools = {"items": openrouter().server_tools(key), "needs_key": True}
    except OpenRouterError as error:
        logger.info("Could not fetch the server tools with a key: %s", error.kind)
        return
    changes = _changes(known, known.items, known.gone, server_tools=tools)
    CatalogueSnapshot.objects.filter(pk=known.pk, digest=known.digest).update(**changes)


def _store(known: CatalogueSnapshot, items: Items, **columns: Any) -> None:
    """Store the list, and `columns` that are fetched beside it; the others stay."""
    changes = _changes(known, items, _gone(known, items), **columns)
    CatalogueSnapshot.objects.filter(pk=known.pk).mark_fetched(next_after=AGE_TO_REFRESH, **changes)


def _changes(known: CatalogueSnapshot, items: Items, gone: Items, **columns: Any) -> dict[str, Any]:
    """The columns to store, with a new digest; none if the content is as it was."""
    beside = {name: getattr(known, name) for name in BESIDE} | columns
    content: dict[str, Any] = {"items": items, "gone": gone, **beside}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {} if digest == known.digest else {**content, "digest": digest}


def _gone(known: CatalogueSnapshot, items: Items) -> Items:
    """What old chats may name although the list has it no longer, as it was."""
    ids = {item["id"] for item in items}
    return [item for item in [*known.items, *known.gone] if item.get("id") not in ids][:MAX_GONE]


_ticker = Ticker("catalogue", refresh, lambda: LOOK_SECONDS, first=refresh)
