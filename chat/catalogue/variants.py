"""Variants of a model, which its id names after a colon: models of the list, and shortcuts for choosing a provider.

Source: OpenRouter docs, "Model variants".
"""

from collections.abc import Callable, Iterator
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
    "exacto": gettext_lazy("Providers best at using tools"),
}


@dataclass(frozen=True)
class Variant:
    """Another way to use a model. `is_listed`: it is a model of its own, with a page."""

    id: str
    label: str | Promise
    is_listed: bool


def without_shortcut(model_id: str) -> tuple[str, str]:
    """The id of the model and the name of the shortcut: ("maker/model", "nitro"); an empty name where there is none."""
    base, _colon, suffix = model_id.rpartition(":")
    return (base, suffix) if base and suffix in SHORTCUTS else (model_id, "")


def without_variant(model_id: str) -> str:
    return model_id.partition(":")[0]


def variants_of(model_id: str, is_listed: Callable[[str], bool], *, takes_shortcuts: bool) -> Iterator[Variant]:
    """The other variants of a model: those that the list has, then the shortcuts."""
    base = without_variant(model_id)
    others = {base: gettext_lazy("Standard"), **{f"{base}:{suffix}": label for suffix, label in LISTED.items()}}
    for id_, label in others.items():
        if id_ != model_id and is_listed(id_):
            yield Variant(id_, label, is_listed=True)
    if takes_shortcuts and base == model_id:
        for suffix, label in SHORTCUTS.items():
            yield Variant(f"{base}:{suffix}", label, is_listed=False)
