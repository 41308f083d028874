"""Signing in with OpenRouter: OAuth with PKCE (S256), step by step, without a request in sight.

    begin()    one attempt is stored; the browser goes to `address_at_openrouter`
    receive()  what came back is held against the attempt; a refusal is a `SignInProblem`
    complete() the code is exchanged for a key, once, and the key's owner is the one who signs in

Where OpenRouter cannot send people back (SIGN_IN_BY_CODE), it shows them the code, and they paste it here:

    waiting()          the attempt whose code is awaited
    complete_pasted()  the same exchange; when the code is refused, the attempt waits for another

Source: OpenRouter docs, "OAuth PKCE" (guides/overview/auth/oauth). Until October 2026 they did not say what comes back
beside the code. So either of the two secrets that go along is enough: the nonce inside callback_url, or `state`. Both
are bound to the browser, and the verifier never leaves the server. One that comes back wrong is refused.
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
from chat.accounts.pasted_code import code_in
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

BROWSER = "signin_browser"  # in the session: the secret that ties attempts to it; outlives the sign-in itself
CALLBACK_PATH = "/signin/callback/"
LONGEST_CODE = 512  # characters; OpenRouter's own are far shorter


def begin(*, browser: str, destination: str) -> SignInAttempt:
    """Store an attempt. `browser` is a secret of the session."""
    SignInAttempt.objects.filter(started_at__lt=timezone.now() - 2 * SignInAttempt.LIFETIME).delete()
    SessionStore.clear_expired()  # nobody else ever does
    return SignInAttempt.objects.create(
        browser=digest(browser), code_verifier=make_code_verifier(), destination=destination
    )


def address_at_openrouter(attempt: SignInAttempt) -> str:
    """Where the person approves or denies it.

    The nonce is inside callback_url because OpenRouter leaves `state` out when it reports a denial.
    """
    callback_url = f"{settings.PUBLIC_URL}{CALLBACK_PATH}?{urlencode({'attempt': attempt.nonce})}"
    way_back = {} if settings.SIGN_IN_BY_CODE else {"callback_url": callback_url, "state": attempt.state}
    return authorization_url(
        openrouter_url=settings.OPENROUTER_URL,
        code_challenge=code_challenge(attempt.code_verifier),
        key_label=settings.SITE_NAME,
        **way_back,
    )


class Approval(NamedTuple):
    attempt: SignInAttempt
    code: str


def receive(query: QueryDict, *, browser: str | None) -> Approval:
    """The attempt that this callback belongs to, and its code. Nothing is used up: a forged callback ruins nothing."""
    attempt, state = _attempt_of(query, browser), query.getlist("state")
    is_forged = attempt is not None and any(not constant_time_compare(one, attempt.state) for one in state)
    _log_what_came(query, attempt, is_forged=is_forged)
    if attempt is None:
        raise SignInProblem(_refusal(query) or "foreign")
    if is_forged:
        raise SignInProblem("forged", attempt)
    _require_fresh(attempt)
    if refusal := _refusal(query):
        raise SignInProblem(refusal, attempt)
    code = _only(query, "code") or ""
    if not 0 < len(code) <= LONGEST_CODE:
        raise SignInProblem("no_code", attempt)
    return Approval(attempt, code)


def waiting(nonce: str, *, browser: str | None) -> SignInAttempt:
    """This browser's attempt with that nonce, if it can still be completed."""
    attempt = _attempt_in(browser, nonce=nonce)
    if attempt is None:
        raise SignInProblem("foreign")
    _require_fresh(attempt)
    return attempt


def _require_fresh(attempt: SignInAttempt) -> None:
    if attempt.used_at:
        raise SignInProblem("used", attempt)
    if attempt.is_expired:
        raise SignInProblem("expired", attempt)


def _attempt_of(query: QueryDict, browser: str | None) -> SignInAttempt | None:
    """The attempt with that nonce; where no nonce came back, with that state."""
    if "attempt" in query:
        return _attempt_in(browser, nonce=_only(query, "attempt"))
    return _attempt_in(browser, state=_only(query, "state"))


def _attempt_in(browser: str | None, **secret: str | None) -> SignInAttempt | None:
    """The attempt that has this secret, if it was begun in this browser."""
    ((name, value),) = secret.items()
    if not browser or not value:
        return None
    attempt = SignInAttempt.objects.filter(**{name: value.replace("\0", "")}).first()
    return attempt if attempt and constant_time_compare(attempt.browser, digest(browser)) else None


def _only(query: QueryDict, name: str) -> str | None:
    """The value, or None: also when there are two, of which we cannot know which is meant."""
    values = set(query.getlist(name))
    return values.pop() if len(values) == 1 else None


def _refusal(query: QueryDict) -> str:
    """Which problem OpenRouter reports, if any."""
    errors = query.getlist("error")
    if not errors:
        return ""
    return "denied" if "access_denied" in errors else "refused"


def _log_what_came(query: QueryDict, attempt: SignInAttempt | None, *, is_forged: bool) -> None:
    """Which of its ways OpenRouter went: the facts without the values."""
    times = len(query.getlist("state"))
    state = ("absent", "echoed")[times] if times < 2 else f"sent {times} times"
    nonce = "absent" if "attempt" not in query else "known" if attempt else "unknown"
    outcome = "denied" if "error" in query else "with a code" if "code" in query else "without a code"
    logger.info("Sign-in callback %s: nonce %s, state %s", outcome, nonce, "different" if is_forged else state)


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


def complete_pasted(attempt: SignInAttempt, *, pasted_code: str, signed_in: User | None) -> User:
    """Like `complete`, with what the person copied from OpenRouter's page. It may be the wrong thing at first."""
    code = code_in(pasted_code)
    if not 0 < len(code) <= LONGEST_CODE:
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


def _owner(openrouter_id: str | None, key: ApiKey, signed_in: User | None) -> User:
    if openrouter_id is None and signed_in and signed_in.is_identified_by_key and not signed_in.working_key():
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
            "ciphertext": encryption.encrypt(key, owner=user.id),
            "sha256": key.sha256,
            "made_at": timezone.now(),
            "rejected_at": None,
        },
    )
