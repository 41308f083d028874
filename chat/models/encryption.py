"""Encryption of stored keys: Fernet (AES-128-CBC with HMAC-SHA-256), with rotation.

The owner's id is inside the token and compared when it is opened, so a row that is copied to another
account opens nothing. ENCRYPTION_KEYS may hold several keys: the first encrypts, all decrypt.
"""

import json
from functools import lru_cache
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from chat.openrouter import ApiKey


class KeyUnreadable(Exception):
    """None of ENCRYPTION_KEYS opens the token, or it belongs to somebody else."""


def encrypt(key: ApiKey, *, owner: UUID) -> str:
    content = json.dumps({"owner": str(owner), "key": key.reveal()})
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(content.encode()).decode()


def decrypt(token: str, *, owner: UUID) -> ApiKey:
    try:
        content = json.loads(_fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()))
    except InvalidToken:
        raise KeyUnreadable from None
    if content["owner"] != str(owner):
        raise KeyUnreadable
    return ApiKey(content["key"])


def rotate(token: str) -> str:
    """The same content under the first of ENCRYPTION_KEYS."""
    try:
        return _fernet(tuple(settings.ENCRYPTION_KEYS)).rotate(token.encode()).decode()
    except InvalidToken:
        raise KeyUnreadable from None


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
