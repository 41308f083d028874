"""Deletes an account and everything that belongs to it."""

import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat.accounts.oauth import BROWSER_KEY
from chat.background import wait
from chat.deletion.conversations import remove
from chat.images.storage import mark_folder_of, remove_folder_of
from chat.models import Conversation, Reply, Session, SignInAttempt, User, digest
from chat.replies.stop import stop

STOP_WAIT_SECONDS = 3.0  # for running replies to end; one that ends later, in another process, finds no row to store
MAX_ATTEMPTS = 3  # attempts per step: another request may be writing what is being deleted


def delete_account(user: User) -> None:
    """Delete a person's key, chats, images with their files, sign-ins and account.

    It deletes chat by chat, so that nobody waits long for the database. If it fails midway, it can be called again.
    """
    _stop_replies(user)
    for pk in list(Conversation.with_deleted.filter(user=user).values_list("pk", flat=True)):
        _retry(partial(_delete_chat, pk))
    mark_folder_of(user.pk)
    _retry(lambda: _delete_user(user.pk))
    remove_folder_of(user.pk)
    _end_sessions(user.pk)


def _stop_replies(user: User) -> None:
    running = Reply.objects.filter(message__conversation__user=user, state__in=Reply.RUNNING)
    for reply in running:
        stop(reply)
    give_up_at = time.monotonic() + STOP_WAIT_SECONDS
    while running.exists() and time.monotonic() < give_up_at:
        wait(0.05)


def _delete_chat(pk: UUID) -> None:
    """Delete a chat. It is marked as deleted first, so that no new message can be sent in it."""
    Conversation.objects.filter(pk=pk).update(deleted_at=timezone.now())
    remove(pk)


def _delete_user(user_id: UUID) -> None:
    with transaction.atomic():
        _lock_rows(Reply.objects.filter(message__conversation__user=user_id))
        _lock_rows(User.objects.filter(pk=user_id))  # now no request can add rows that refer to the account
        User.objects.filter(pk=user_id).delete()


def _lock_rows(rows: QuerySet[Reply] | QuerySet[User]) -> None:
    """Lock rows, so that no part of a reply and no chat is added between finding rows and deleting them."""
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _retry(step: Callable[[], None]) -> None:
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            return step()
        except (IntegrityError, OperationalError):
            if attempt == MAX_ATTEMPTS:
                raise
            wait(0.2)
    return None


def _end_sessions(user_id: UUID) -> None:
    """Delete the sessions on all devices, and the sign-in attempts of their browsers."""
    sessions = Session.objects.filter(user=user_id)
    browsers = {digest(session.get_decoded().get(BROWSER_KEY, "")) for session in sessions}
    sessions.delete()
    SignInAttempt.objects.filter(browser__in=browsers).delete()
