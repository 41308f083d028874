"""Encrypts keys and other secrets for storage: Fernet (AES-128-CBC with HMAC-SHA-256), with key rotation.

The token contains whose it is, which `decrypt` and `unseal` check, so that a row copied to another user is useless.
ENCRYPTION_KEYS may have several keys: the first encrypts, all decrypt.
"""

import json
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from chat.openrouter import ApiKey


class KeyUnreadable(Exception):
    """None of ENCRYPTION_KEYS decrypts the token, or it belongs to another user."""


def encrypt(key: ApiKey, *, owner: UUID) -> str:
    """The token to store for this user."""
    return _encrypt({"owner": str(owner), "key": key.reveal()})


def decrypt(token: str, *, owner: UUID) -> ApiKey:
    """The key in a token of this user. Raises KeyUnreadable."""
    return ApiKey(_decrypt(token, str(owner))["key"])


def seal(secrets: dict[str, Any], *, owner: str) -> str:
    """The token to store for secrets that JSON can hold. `owner` says whose they are and what for."""
    return _encrypt({"owner": owner, "secrets": secrets})


def unseal(token: str, *, owner: str) -> dict[str, Any]:
    """The secrets in a token of this owner. Raises KeyUnreadable."""
    secrets: dict[str, Any] = _decrypt(token, owner)["secrets"]
    return secrets


def rotate(token: str) -> str:
    """The token encrypted anew with the first of ENCRYPTION_KEYS. Raises KeyUnreadable."""
    try:
        return _fernet(tuple(settings.ENCRYPTION_KEYS)).rotate(token.encode()).decode()
    except InvalidToken:
        raise KeyUnreadable from None


def _encrypt(content: dict[str, Any]) -> str:
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(json.dumps(content).encode()).decode()


def _decrypt(token: str, owner: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(_fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()))
    except InvalidToken:
        raise KeyUnreadable from None
    if content["owner"] != owner:
        raise KeyUnreadable
    return content


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
