"""Exports the presets and prompts of a person as JSON. The format is described in docs/export-format.md."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from chat.models import User

FORMAT, VERSION = "potluck-presets", 1


def write_presets_json(user: User) -> Iterator[str]:
    """Yield the JSON text; nothing if there is neither a preset with a name nor a prompt."""
    presets, prompts = _presets(user), _prompts(user)
    if presets or prompts:
        content = {
            "format": FORMAT,
            "version": VERSION,
            "exported_at": timezone.now().isoformat(),
            "presets": presets,
            "prompts": prompts,
        }
        yield json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _presets(user: User) -> list[dict[str, Any]]:
    presets = user.presets.exclude(name="").values("name", "model", "settings", "is_default")
    return [dict(preset) for preset in presets]


def _prompts(user: User) -> list[dict[str, Any]]:
    return [
        {"name": prompt.name, "text": prompt.text, "updated_at": prompt.updated_at.isoformat()}
        for prompt in user.prompts.all()
    ]
