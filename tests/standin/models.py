"""What OpenRouter's lists of models, providers and presets say, and which model a request gets."""

from collections.abc import Collection
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.standin.catalogue import BY_ID, GEMINI_FLASH, MODELS
from tests.standin.model import Model
from tests.standin.refusal import Refused

ROUTING_SUFFIXES = (":nitro", ":floor", ":exacto", ":online", ":extended", ":thinking")


def listing(output_modalities: str = "", *, without: Collection[str] = ()) -> dict[str, Any]:
    """The list, by default of models that write text, as OpenRouter does; "all" has every one."""
    wanted = set((output_modalities or "text").split(","))
    models = [model for model in MODELS if "all" in wanted or wanted & set(model.outputs)]
    items = [model.item() for model in models if model.id not in without]
    return {"data": items, "total_count": len(items), "links": {"next": None}}


def endpoints_of(model_id: str, *, with_speed: bool) -> dict[str, Any]:
    """What `GET /models/{author}/{slug}/endpoints` says. Refuses a model that does not exist."""
    model = BY_ID.get(model_id) or next((each for each in MODELS if each.canonical_slug == model_id), None)
    if model is None:
        raise Refused(404, "route")
    item = model.item()
    kept = {name: item[name] for name in ("id", "name", "created", "description", "architecture")}
    return {"data": {**kept, "endpoints": model.endpoints(with_speed=with_speed)}}


def zero_retention() -> dict[str, Any]:
    """What `GET /endpoints/zdr` says: the providers that keep nothing of what they are sent."""
    return {"data": [model.endpoints(with_speed=False)[0] for model in MODELS if model.keeps_nothing]}


def image_models() -> dict[str, Any]:
    """What `GET /images/models` says: models that make images, with the options of their images."""
    return {"data": [_image_model(model) for model in MODELS if model.image_options is not None]}


def _image_model(model: Model) -> dict[str, Any]:
    item = model.item()
    return {
        **{name: item[name] for name in ("id", "name", "description", "created")},
        "architecture": {"input_modalities": list(model.inputs), "output_modalities": list(model.outputs)},
        "supported_parameters": dict(model.image_options or {}),
        "supports_streaming": False,
        "endpoints": f"/api/v1/images/models/{model.id}/endpoints",
    }


def preset_item(slug: str) -> dict[str, Any]:
    """A preset as `GET /presets` lists it."""
    return {
        "id": str(uuid5(NAMESPACE_URL, slug)),
        "creator_user_id": None,
        "workspace_id": None,
        "name": slug,
        "slug": slug,
        "description": None,
        "status": "active",
        "designated_version_id": str(uuid5(NAMESPACE_URL, f"{slug}/1")),
        "created_at": "2026-04-20T10:00:00Z",
        "updated_at": "2026-04-20T10:00:00Z",
        "status_updated_at": None,
    }


def named(model_id: object, *, presets: Collection[str] = ()) -> Model:
    """The model that a request asks for, routing suffixes aside, or that of a preset. Refuses what does not exist.

    A request that names none gets the default model of the person's account.
    """
    if model_id is None:
        return GEMINI_FLASH
    bare = str(model_id)
    if bare in {f"@preset/{slug}" for slug in presets}:
        return GEMINI_FLASH
    for suffix in ROUTING_SUFFIXES:
        bare = bare.removesuffix(suffix)
    if bare not in BY_ID:
        raise Refused(400, "model", model=model_id)
    return BY_ID[bare]


def answering(model: Model) -> Model:
    """The model that does the work: an alias and the router pass a request on."""
    if model.id == "openrouter/auto":
        return GEMINI_FLASH
    return model.alias_of or model
