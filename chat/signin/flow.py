"""Signing in with OpenRouter: OAuth with PKCE (S256), step by step, without a request in sight.

    begin()   one attempt is stored, the browser goes to OpenRouter's /auth
    receive() what came back is held against the attempt; a refusal is a `SignInProblem`
    complete() the code is exchanged for a key, once, and the key's owner is the one who signs in

Source: OpenRouter docs, "OAuth PKCE" (guides/overview/auth/oauth).
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat.openrouter import (
    ApiKey,
    OpenRouterError,
    authorization_url,
    code_challenge,
    make_code_verifier,
)
from chat.signin import vault
from chat.signin.models import SignInAttempt, StoredKey, User
from chat.signin.problems import SignInProblem
from chat.upstream import openrouter

BROWSER = "signin_browser"  # in the session: the secret that ties attempts to it; outlives the sign-in itself
CALLBACK_PATH = "/signin/callback/"
LONGEST_CODE = 512  # characters; OpenRouter's own are far shorter


def begin(*, browser: str, destination: str) -> str:
    """Store an attempt; return the address at OpenRouter where the person approves or denies it.

    `browser` is a secret of the session. The nonce is inside callback_url because OpenRouter leaves `state` out
    when it reports a denial.
    """
    SignInAttempt.objects.filter(started_at__lt=timezone.now() - 2 * SignInAttempt.LIFETIME).delete()
    SessionStore.clear_expired()  # nobody else ever does
    attempt = SignInAttempt.objects.create(browser=browser, code_verifier=make_code_verifier(), destination=destination)
    return authorization_url(
        openrouter_url=settings.OPENROUTER_URL,
        callback_url=f"{settings.PUBLIC_URL}{CALLBACK_PATH}?{urlencode({'attempt': attempt.nonce})}",
        code_challenge=code_challenge(attempt.code_verifier),
        state=attempt.state,
        key_label=settings.SITE_NAME,
    )


def receive(query: Mapping[str, str], *, browser: str | None) -> SignInAttempt:
    """The attempt that this callback belongs to; nothing is used up yet, so a forged callback ruins nothing."""
    attempt = SignInAttempt.objects.filter(pk=query.get("attempt", "").replace("\0", "")).first()
    if attempt is None or browser is None or not constant_time_compare(attempt.browser, browser):
        raise SignInProblem("foreign")
    state = query.get("state")
    if state is not None and not constant_time_compare(state, attempt.state):
        raise SignInProblem("forged", attempt)
    if attempt.used_at:
        raise SignInProblem("used", attempt)
    if attempt.is_expired:
        raise SignInProblem("expired", attempt)
    if "error" in query:
        raise SignInProblem("denied" if query["error"] == "access_denied" else "refused", attempt)
    if state is None:
        raise SignInProblem("forged", attempt)
    if not 0 < len(query.get("code", "")) <= LONGEST_CODE:
        raise SignInProblem("no_code", attempt)
    return attempt


def complete(attempt: SignInAttempt, *, code: str, signed_in: User | None) -> User:
    """Exchange the code and return who it signs in, with the new key stored in place of the old one."""
    if not attempt.claim():
        raise SignInProblem("used", attempt)
    try:
        exchange = openrouter().exchange_code(code=code, code_verifier=attempt.code_verifier)
        openrouter_id = exchange.user_id or openrouter().key_info(exchange.key).creator_user_id
    except OpenRouterError as error:
        raise SignInProblem(error.kind, attempt) from None
    with transaction.atomic():
        user = _owner(openrouter_id, exchange.key, signed_in)
        _store(exchange.key, user)
    SignInAttempt.objects.filter(pk=attempt.pk).update(has_succeeded=True)
    return user


def _owner(openrouter_id: str | None, key: ApiKey, signed_in: User | None) -> User:
    if openrouter_id is None and signed_in and signed_in.is_known_by_key_alone and not signed_in.working_key():
        # OpenRouter does not say who this is, and the key that this account was known by is dead:
        # the open session is the only tie to its chats.
        signed_in.openrouter_id = f"key:{key.sha256}"
        signed_in.save(update_fields=["openrouter_id"])
        return signed_in
    user, _ = User.objects.get_or_create(openrouter_id=openrouter_id or f"key:{key.sha256}")
    return user


def _store(key: ApiKey, user: User) -> None:
    StoredKey.objects.update_or_create(
        user=user,
        defaults={
            "ciphertext": vault.encrypt(key, owner=user.id),
            "sha256": key.sha256,
            "made_at": timezone.now(),
            "rejected_at": None,
        },
    )
