"""Encrypts OpenRouter keys for storage: Fernet (AES-128-CBC with HMAC-SHA-256), with key rotation.

The token contains the user's id, which `decrypt` checks, so that a row copied to another user is useless.
ENCRYPTION_KEYS may have several keys: the first encrypts, all decrypt.
"""

import json
from functools import lru_cache
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from chat.openrouter import ApiKey


class KeyUnreadable(Exception):
    """None of ENCRYPTION_KEYS decrypts the token, or it belongs to another user."""


def encrypt(key: ApiKey, *, owner: UUID) -> str:
    """The token to store for this user."""
    content = json.dumps({"owner": str(owner), "key": key.reveal()})
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(content.encode()).decode()


def decrypt(token: str, *, owner: UUID) -> ApiKey:
    """The key in a token of this user. Raises KeyUnreadable."""
    try:
        content = json.loads(_fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()))
    except InvalidToken:
        raise KeyUnreadable from None
    if content["owner"] != str(owner):
        raise KeyUnreadable
    return ApiKey(content["key"])


def rotate(token: str) -> str:
    """The token encrypted anew with the first of ENCRYPTION_KEYS. Raises KeyUnreadable."""
    try:
        return _fernet(tuple(settings.ENCRYPTION_KEYS)).rotate(token.encode()).decode()
    except InvalidToken:
        raise KeyUnreadable from None


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
