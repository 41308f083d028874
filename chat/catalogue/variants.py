"""Variants of a model, which its id names after a colon: models of the list, and shortcuts for choosing a provider.

Source: OpenRouter docs, "Model variants".
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

SHORTCUTS = {  # any model with several providers takes them, and the list of models does not have them
    "nitro": gettext_lazy("Fastest provider first"),
    "floor": gettext_lazy("Cheapest provider first"),
}
LISTED = {  # models of their own, where the list has them
    "free": gettext_lazy("Free, with daily limits"),
    "thinking": gettext_lazy("Thinks before it answers"),
    "extended": gettext_lazy("Longer context"),
    "exacto": gettext_lazy("Providers that are best with tools"),
}


@dataclass(frozen=True)
class Variant:
    id: str
    suffix: str  # ":nitro"; empty for the model itself
    label: str | Promise


def without_shortcut(model_id: str) -> tuple[str, str]:
    """The id of the model and the name of the shortcut: ("maker/model", "nitro"); an empty name where there is none."""
    base, _colon, suffix = model_id.rpartition(":")
    return (base, suffix) if base and suffix in SHORTCUTS else (model_id, "")


def without_variant(model_id: str) -> str:
    return model_id.partition(":")[0]
