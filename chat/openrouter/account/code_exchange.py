"""Reads what OpenRouter returns for the code of a sign-in: a new key, and whose it is."""

from dataclasses import dataclass
from typing import Any

from chat.openrouter.api_key import ApiKey
from chat.openrouter.errors.kinds import UpstreamUnavailable
from chat.openrouter.json_fields import as_text


@dataclass(frozen=True, slots=True)
class Exchange:
    """The result of a sign-in: a new key, and the person's OpenRouter ID."""

    key: ApiKey
    user_id: str | None  # OpenRouter does not always send it


def read_exchange(body: dict[str, Any]) -> Exchange:
    """Return the key and user ID in a response of /auth/keys. Raises `UpstreamUnavailable` if it has no key."""
    try:
        # Removed from the dict, so that an error report on a later failure does not show the key.
        key = ApiKey(as_text(body.pop("key", None)))
    except ValueError:
        key = None
    if key is None:
        raise UpstreamUnavailable(status=200)
    return Exchange(key, as_text(body.get("user_id")) or None)
