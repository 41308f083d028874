"""`ApiKey` wraps an OpenRouter key so that it does not end up in logs, tracebacks or pages."""

import re
from hashlib import sha256
from hmac import compare_digest
from typing import NoReturn

_HEADER_SAFE = re.compile(r"[!-~]+")


class ApiKey:
    """An OpenRouter key that stays out of logs, tracebacks, templates, pickles and copies.

    Raises ValueError, without the value, for a key that is empty or not valid in an HTTP header.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        # http.client quotes a malformed header value in its error, so such a key must not get that far.
        if not _HEADER_SAFE.fullmatch(value):
            del value  # debug pages show the variables of every frame
            raise ValueError("An API key must be printable ASCII and not empty.")
        self._value = value

    def reveal(self) -> str:
        return self._value

    @property
    def sha256(self) -> str:
        """The key's hash in hexadecimal; OpenRouter's page about this key is /keys/<sha256>."""
        return sha256(self._value.encode()).hexdigest()

    def __repr__(self) -> str:
        return "ApiKey(...)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ApiKey):
            return NotImplemented
        return compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __reduce__(self) -> NoReturn:
        raise TypeError("An ApiKey is neither pickled nor copied; call reveal() where the key is needed.")
