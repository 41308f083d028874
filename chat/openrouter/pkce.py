"""The first half of signing in: PKCE (RFC 7636) with S256, and the address where a person approves.

The other half is `OpenRouter.exchange_code`. OpenRouter wants the same method named in both.
"""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode

CODE_CHALLENGE_METHOD = "S256"
MAX_KEY_LABEL_LENGTH = 100


def make_code_verifier() -> str:
    """Return 43 characters that nobody can guess: 32 random bytes, base64url."""
    return secrets.token_urlsafe(32)


def code_challenge(code_verifier: str) -> str:
    """Return the SHA-256 of the verifier, base64url without padding."""
    return urlsafe_b64encode(sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()


def authorization_url(
    *, openrouter_url: str, callback_url: str = "", code_challenge: str, state: str = "", key_label: str = ""
) -> str:
    """Return the address to send the browser to.

    After approval OpenRouter adds `code` and perhaps `state` to the query of `callback_url`; after a denial it adds
    `error` and leaves `state` out, so `callback_url` should carry a nonce of its own. It has to be https, or http on
    localhost or 127.0.0.1; without one the person is shown the code. `key_label` is what the new key will be called
    in the person's list of keys.
    Source: OpenRouter docs, "OAuth PKCE" (guides/overview/auth/oauth).
    """
    query = {
        "callback_url": callback_url,
        "code_challenge": code_challenge,
        "code_challenge_method": CODE_CHALLENGE_METHOD,
        "state": state,
        "key_label": key_label[:MAX_KEY_LABEL_LENGTH],
    }
    given = {name: value for name, value in query.items() if value}
    return f"{openrouter_url.rstrip('/')}/auth?{urlencode(given)}"
