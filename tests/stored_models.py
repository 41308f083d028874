"""The list of models in the database, as the site's background thread stores it."""

from typing import Any

from chat.catalogue import cache
from chat.models import CatalogueSnapshot
from chat.openrouter.catalogue.endpoints import read_zero_retention
from chat.openrouter.catalogue.image_options import read_image_options
from chat.openrouter.catalogue.server_tools import select_server_tools
from tests.standin import models, server_tools


def store_models(*items: dict[str, Any], **columns: Any) -> None:
    """Store these items of `GET /models`, else all of the stand-in's, in place of what is stored."""
    CatalogueSnapshot.objects.all().delete()
    listed = list(items) or models.listing("all")["data"]
    beside = {
        "zero_retention": read_zero_retention(models.zero_retention()),
        "image_options": read_image_options(models.image_models()),
        "server_tools": {"items": select_server_tools(server_tools.listing()), "needs_key": False},
    }
    CatalogueSnapshot.objects.create(**({"items": listed, "digest": "of a test"} | beside | columns))
    cache.reset()


def stored_items() -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = CatalogueSnapshot.objects.get().items
    return items
