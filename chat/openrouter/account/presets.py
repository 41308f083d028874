"""Reads which presets a person has at OpenRouter."""

import re
from typing import Any

from chat.openrouter.json_fields import as_list, as_object, as_text

SLUG = re.compile(r"[A-Za-z0-9._~-]{1,150}")  # "URL-safe", says OpenRouter; "@preset/" is put before it
MAX_PRESETS = 100  # that OpenRouter lists at once


def read_preset_slugs(body: dict[str, Any]) -> list[str]:
    """Return the slugs of the active presets in a response of /presets, each once, without those that are no slugs."""
    presets = [as_object(item) for item in as_list(body.get("data"))[:MAX_PRESETS]]
    slugs = [as_text(preset.get("slug")) for preset in presets if preset.get("status") == "active"]
    return list(dict.fromkeys(slug for slug in slugs if SLUG.fullmatch(slug)))
