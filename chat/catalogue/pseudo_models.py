"""Choices of the picker that are no model: OpenRouter decides what they stand for."""

from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.openrouter.account.presets import SLUG

NO_MODEL = "@default"  # ours: the request names none, and OpenRouter takes the one set in the person's account
PRESET = "@preset/"  # how OpenRouter writes a preset of the person's account in place of a model


def is_pseudo_model(model_id: str) -> bool:
    """Whether it can be asked without being in the list of models."""
    return model_id == NO_MODEL or (model_id.startswith(PRESET) and _is_slug(model_id.removeprefix(PRESET)))


def _is_slug(text: str) -> bool:
    """Whether a preset can have it; what cannot be stored as the model of an answer is none."""
    return SLUG.fullmatch(text) is not None


def can_be_asked(model_id: str) -> bool:
    """Whether a request with it makes sense, as far as is known."""
    return is_pseudo_model(model_id) or cache.find(model_id) is not None


def name_of_pseudo_model(model_id: str) -> str:
    """Its name on the page; empty for any other id."""
    if model_id == NO_MODEL:
        return _("My OpenRouter default")
    return _("Preset “%(name)s”") % {"name": model_id.removeprefix(PRESET)} if is_pseudo_model(model_id) else ""
