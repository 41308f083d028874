"""Prepares a sign-in with PKCE (RFC 7636, method S256): the verifier, its challenge and the URL for the browser.

`OpenRouter.exchange_code` completes the sign-in. OpenRouter wants the same method named in both steps.
"""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode

CODE_CHALLENGE_METHOD = "S256"
MAX_KEY_LABEL_LENGTH = 100


def make_code_verifier() -> str:
    """Return 32 random bytes in base64url: 43 characters."""
    return secrets.token_urlsafe(32)


def code_challenge(code_verifier: str) -> str:
    """Return the SHA-256 of the verifier, base64url without padding."""
    return urlsafe_b64encode(sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()


def authorization_url(
    *, openrouter_url: str, callback_url: str = "", code_challenge: str, state: str = "", key_label: str = ""
) -> str:
    """Return the URL at OpenRouter where the person approves the sign-in.

    After approval OpenRouter adds `code` and perhaps `state` to the query of `callback_url`; after a denial it adds
    `error` and leaves `state` out, so `callback_url` should contain a nonce of its own. It has to be https, or http on
    localhost or 127.0.0.1; without a `callback_url` OpenRouter shows the code to the person. `key_label` is the new
    key's name in the person's list of keys.
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
