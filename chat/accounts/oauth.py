"""The steps of signing in with OpenRouter by OAuth with PKCE (S256), for the views to call.

    begin()    stores an attempt; the browser then goes to `authorization_address`
    receive()  checks a callback against its attempt; a refusal is a `SignInProblem`
    complete() exchanges the code for a key, once; the key's owner is the person who signs in

Where OpenRouter cannot redirect people back (SIGN_IN_BY_CODE), it shows them the code, and they paste it:

    find_pending()     returns the attempt that the code is for
    complete_pasted()  exchanges the code; if OpenRouter rejects it, another can be pasted

Source: OpenRouter docs, "OAuth PKCE" (guides/overview/auth/oauth). Until October 2026 they did not say what a callback
contains beside the code. So either of two secrets is enough: the nonce inside callback_url, or `state`. Both are bound
to the browser, and the verifier never leaves the server. A callback with a wrong secret is refused.
"""

import logging
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat.accounts.errors import SignInProblem
from chat.accounts.pasted_code import extract_code
from chat.accounts.sessions import SessionStore
from chat.models import SignInAttempt, StoredKey, User, digest, encryption
from chat.openrouter import (
    ApiKey,
    OpenRouterError,
    authorization_url,
    code_challenge,
    make_code_verifier,
)
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

BROWSER_KEY = "signin_browser"  # session key of the secret that ties attempts to a browser; it outlives the sign-in
CALLBACK_PATH = "/signin/callback/"
MAX_CODE_LENGTH = 512  # characters; OpenRouter's codes are far shorter


def begin(*, browser: str, destination: str) -> SignInAttempt:
    """Store an attempt. `browser` is a secret in the session; `destination` is the path to go to afterwards."""
    SignInAttempt.objects.filter(started_at__lt=timezone.now() - 2 * SignInAttempt.LIFETIME).delete()
    SessionStore.clear_expired()  # Django never does this by itself
    return SignInAttempt.objects.create(
        browser=digest(browser), code_verifier=make_code_verifier(), destination=destination
    )


def authorization_address(attempt: SignInAttempt) -> str:
    """Return the URL at OpenRouter where the person approves or denies the sign-in.

    The nonce is inside callback_url because OpenRouter leaves `state` out when it reports a denial.
    """
    callback_url = f"{settings.PUBLIC_URL}{CALLBACK_PATH}?{urlencode({'attempt': attempt.nonce})}"
    callback = {} if settings.SIGN_IN_BY_CODE else {"callback_url": callback_url, "state": attempt.state}
    return authorization_url(
        openrouter_url=settings.OPENROUTER_URL,
        code_challenge=code_challenge(attempt.code_verifier),
        key_label=settings.SITE_NAME,
        **callback,
    )


class Approval(NamedTuple):
    attempt: SignInAttempt
    code: str


def receive(query: QueryDict, *, browser: str | None) -> Approval:
    """Return the attempt that a callback belongs to, and the code. Raises SignInProblem.

    It does not use the attempt up, so a forged callback cannot spoil it.
    """
    attempt, states = _find_attempt(query, browser), query.getlist("state")
    is_forged = attempt is not None and any(not constant_time_compare(state, attempt.state) for state in states)
    _log_callback(query, attempt, is_forged=is_forged)
    if attempt is None:
        raise SignInProblem(_reported_error(query) or "foreign")
    if is_forged:
        raise SignInProblem("forged", attempt)
    _check_pending(attempt)
    if refusal := _reported_error(query):
        raise SignInProblem(refusal, attempt)
    code = _single_value(query, "code") or ""
    if not 0 < len(code) <= MAX_CODE_LENGTH:
        raise SignInProblem("no_code", attempt)
    return Approval(attempt, code)


def find_pending(nonce: str, *, browser: str | None) -> SignInAttempt:
    """Return this browser's attempt with the nonce. Raises SignInProblem if it can no longer be completed."""
    attempt = _find_by_secret(browser, nonce=nonce)
    if attempt is None:
        raise SignInProblem("foreign")
    _check_pending(attempt)
    return attempt


def _check_pending(attempt: SignInAttempt) -> None:
    if attempt.used_at:
        raise SignInProblem("used", attempt)
    if attempt.is_expired:
        raise SignInProblem("expired", attempt)


def _find_attempt(query: QueryDict, browser: str | None) -> SignInAttempt | None:
    """Return the attempt with the nonce in the query; without a nonce, the one with the state."""
    if "attempt" in query:
        return _find_by_secret(browser, nonce=_single_value(query, "attempt"))
    return _find_by_secret(browser, state=_single_value(query, "state"))


def _find_by_secret(browser: str | None, **secret: str | None) -> SignInAttempt | None:
    """Return the attempt with this secret if it was started in this browser."""
    ((name, value),) = secret.items()
    if not browser or not value:
        return None
    attempt = SignInAttempt.objects.filter(**{name: value.replace("\0", "")}).first()
    return attempt if attempt and constant_time_compare(attempt.browser, digest(browser)) else None


def _single_value(query: QueryDict, name: str) -> str | None:
    """Return the value of a parameter; None if it is missing or has several different values."""
    values = set(query.getlist(name))
    return values.pop() if len(values) == 1 else None


def _reported_error(query: QueryDict) -> str:
    """Return the kind of the error that OpenRouter reports, or ""."""
    errors = query.getlist("error")
    if not errors:
        return ""
    return "denied" if "access_denied" in errors else "refused"


def _log_callback(query: QueryDict, attempt: SignInAttempt | None, *, is_forged: bool) -> None:
    """Log which parameters OpenRouter sent, without their values."""
    times = len(query.getlist("state"))
    state = ("absent", "echoed")[times] if times < 2 else f"sent {times} times"
    nonce = "absent" if "attempt" not in query else "known" if attempt else "unknown"
    outcome = "denied" if "error" in query else "with a code" if "code" in query else "without a code"
    logger.info("Sign-in callback %s: nonce %s, state %s", outcome, nonce, "different" if is_forged else state)


def complete(attempt: SignInAttempt, *, code: str, signed_in: User | None) -> User:
    """Exchange the code for a key, store it in place of the person's old one, and return the person.

    `signed_in` is who is signed in already, if anybody. Raises SignInProblem.
    """
    if not attempt.claim():
        raise SignInProblem("used", attempt)
    try:
        exchange = openrouter().exchange_code(code=code, code_verifier=attempt.code_verifier)
        openrouter_id = exchange.user_id or openrouter().key_info(exchange.key).creator_user_id
    except OpenRouterError as error:
        raise SignInProblem(error.kind, attempt) from None
    with transaction.atomic():
        user = _find_owner(openrouter_id, exchange.key, signed_in)
        _store_key(exchange.key, user)
    SignInAttempt.objects.filter(pk=attempt.pk).update(has_succeeded=True)
    return user


def complete_pasted(attempt: SignInAttempt, *, pasted_code: str, signed_in: User | None) -> User:
    """Complete a sign-in like `complete`, with what the person pasted. If that is wrong, they can try again."""
    code = extract_code(pasted_code)
    if not 0 < len(code) <= MAX_CODE_LENGTH:
        raise SignInProblem("too_long" if code else "nothing_pasted", attempt)
    try:
        user = complete(attempt, code=code, signed_in=signed_in)
    except SignInProblem as problem:
        logger.info("Sign-in with a pasted code: %s", problem.kind)
        if problem.kind != "used":
            attempt.release()
        raise
    logger.info("Sign-in with a pasted code: accepted")
    return user


def _find_owner(openrouter_id: str | None, key: ApiKey, signed_in: User | None) -> User:
    if openrouter_id is None and signed_in and signed_in.is_identified_by_key and not signed_in.working_key():
        # OpenRouter does not say who this is, and the key that identified this account no longer works:
        # the open session is the only link to its chats.
        signed_in.openrouter_id = f"key:{key.sha256}"
        signed_in.save(update_fields=["openrouter_id"])
        return signed_in
    user, _ = User.objects.get_or_create(openrouter_id=openrouter_id or f"key:{key.sha256}")
    return user


def _store_key(key: ApiKey, user: User) -> None:
    StoredKey.objects.update_or_create(
        user=user,
        defaults={
            "ciphertext": encryption.encrypt(key, owner=user.id),
            "sha256": key.sha256,
            "made_at": timezone.now(),
            "rejected_at": None,
            "status": {},  # that of the old key
            "fetched_at": None,
            "next_fetch_at": timezone.now(),
            "failures": 0,
        },
    )
