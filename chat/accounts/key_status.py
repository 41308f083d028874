"""What a person's key may still spend, as OpenRouter says: fetched in the background while they use the site.

It is stored with the key (`StoredKey.status`), so that processes share it and one of them asks. Neither the key nor its
label is in it or in the log.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db import close_old_connections
from django.utils import timezone

from chat.background import spawn, spawn_later, try_to_store
from chat.models import StoredKey
from chat.openrouter import ApiKey, KeyRejected, OpenRouterError
from chat.rate_limit import RateLimit
from chat.upstream import openrouter

P = TypeVar("P")

logger = logging.getLogger(__name__)

AGE_TO_REFRESH = timedelta(minutes=5)
MIN_AGE = timedelta(minutes=1)  # OpenRouter is not asked about a key more often
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=1)  # after a failure
SECONDS_AFTER_ANSWER = 2.0  # until OpenRouter has counted what the answer cost
MAX_WAIT_SECONDS = 3.0  # of somebody who asks for it now

LOOKS = RateLimit(at_once=1, seconds_each=10)  # of each process at a key that is due
REQUESTS = RateLimit(at_once=1, seconds_each=MIN_AGE.total_seconds())  # of a person, for it to be asked now

_scheduled: set[UUID] = set()  # people for whom this process will ask soon


def keep_fresh(stored: StoredKey | None) -> None:
    """Fetch the status of a key, in a thread, if it is old: for pages that are opened. It waits for nothing."""
    if stored and stored.is_due and not LOOKS.wait_seconds(stored.sha256):
        spawn(_name(stored.user_id), partial(refresh, stored.user_id))


def refresh_after_answer(user_id: UUID) -> None:
    """Fetch the status soon, because an answer may have changed it. Answers of the same minute share one fetch."""
    if user_id not in _scheduled:
        _schedule(user_id, SECONDS_AFTER_ANSWER)


def refresh_now(stored: StoredKey) -> bool:
    """Fetch the status because the person asks for it; False if that was done within the last minute.

    It takes up to MAX_WAIT_SECONDS; a slower answer of OpenRouter is stored when it is there.
    """
    if not _is_old_enough(stored) or REQUESTS.wait_seconds(stored.sha256):
        return False
    has_ended = threading.Event()

    def work() -> None:
        try:
            _try(stored.user_id, _refresh_early, stored)
        finally:
            has_ended.set()

    spawn(_name(stored.user_id), work)
    close_old_connections()  # do not hold a database connection while waiting for OpenRouter
    has_ended.wait(MAX_WAIT_SECONDS)
    return True


def refresh(user_id: UUID) -> None:
    """Fetch the status of a person's key, if it is due and nobody else does."""
    _try(user_id, _refresh, user_id)


def _schedule(user_id: UUID, seconds: float) -> None:
    _scheduled.add(user_id)
    spawn_later(seconds, _name(user_id), partial(_try, user_id, _refresh_scheduled, user_id))


def _refresh_scheduled(user_id: UUID) -> None:
    _scheduled.discard(user_id)
    stored = StoredKey.objects.filter(user=user_id).first()
    if stored is None or stored.failures:
        return
    if _is_old_enough(stored):
        _refresh_early(stored)
    elif stored.fetched_at:
        _schedule(user_id, (stored.fetched_at + MIN_AGE - timezone.now()).total_seconds())


def _is_old_enough(stored: StoredKey) -> bool:
    return stored.fetched_at is None or abs(timezone.now() - stored.fetched_at) >= MIN_AGE


def _refresh_early(stored: StoredKey) -> None:
    """Fetch what is not due yet, unless another process is fetching it."""
    is_waiting = stored.fetched_at and stored.next_fetch_at == stored.fetched_at + AGE_TO_REFRESH
    if is_waiting or stored.failures:
        unchanged = StoredKey.objects.filter(pk=stored.pk, next_fetch_at=stored.next_fetch_at)
        unchanged.update(next_fetch_at=timezone.now())
    _refresh(stored.user_id)


def _refresh(user_id: UUID) -> None:
    stored = StoredKey.objects.filter(user=user_id, rejected_at=None).first()
    key = stored.reveal() if stored else None
    if stored is None or key is None:
        return
    # By its digest, because the person may sign in with another key meanwhile.
    rows = StoredKey.objects.filter(pk=stored.pk, sha256=stored.sha256)
    if not rows.claim():
        return
    status = _fetch(key, stored)
    if status is None:
        rows.mark_failed(first=FIRST_RETRY, longest=LONGEST_RETRY)
    else:
        rows.mark_fetched(next_after=AGE_TO_REFRESH, status=status)


def _fetch(key: ApiKey, stored: StoredKey) -> dict[str, Any] | None:
    """The new status; None if OpenRouter does not say. A dead key has none, but may have a date when it expired."""
    try:
        fields = openrouter().key_fields(key)
    except KeyRejected:
        return {"is_rejected": True, "expires_at": stored.status.get("expires_at")}
    except OpenRouterError as error:
        logger.info("Could not fetch the key status of %s: %s", stored.user_id, error.kind)
        return None
    balance = openrouter().balance(key)
    return {**fields, "balance": None if balance is None else str(balance)}


def _try(user_id: UUID, work: Callable[[P], None], argument: P) -> None:
    try_to_store(_name(user_id), partial(work, argument))


def _name(user_id: UUID) -> str:
    return f"key-status-{user_id}"
