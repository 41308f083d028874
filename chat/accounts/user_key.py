"""The OpenRouter key of a user, for a request that spends with it."""

from uuid import UUID

from django.utils import timezone

from chat.models import StoredKey, User
from chat.openrouter import ApiKey


class NoKey(Exception):
    """The user has no usable key: it was rejected by OpenRouter, or cannot be decrypted."""


def key_for(user: User) -> ApiKey:
    """The user's OpenRouter key. Raises NoKey."""
    key = user.working_key()
    if key is None:
        raise NoKey
    return key


def mark_rejected(user_id: UUID, key: ApiKey) -> None:
    """Note that OpenRouter rejected the key; not of another one with which the user has signed in meanwhile."""
    StoredKey.objects.filter(user=user_id, sha256=key.sha256).update(rejected_at=timezone.now())
