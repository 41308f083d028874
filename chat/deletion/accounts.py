"""Leaving for good: the account, and all that belongs to it."""

import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat.accounts.oauth import BROWSER_KEY
from chat.deletion.conversations import remove
from chat.images.storage import remove_folder_of
from chat.models import Conversation, Reply, Session, SignInAttempt, User, digest
from chat.replies.stop import stop

STOP_WAIT_SECONDS = 3.0  # for replies to end; what another process stores later finds nothing to store it in
TIMES = 3  # a step is tried: somebody may write just what is being deleted


def delete_account(user: User) -> None:
    """Delete everything of this person: their key, chats, images with their files, sign-ins, and them.

    Chat by chat, so that nobody waits long for the database. Should it break midway, doing it again does the rest.
    """
    _stop_replies(user)
    for pk in list(Conversation.with_deleted.filter(user=user).values_list("pk", flat=True)):
        _patiently(partial(_delete_chat, pk))
    _patiently(lambda: _delete_person(user.pk))
    remove_folder_of(user.pk)
    _end_sessions(user.pk)


def _stop_replies(user: User) -> None:
    running = Reply.objects.filter(message__conversation__user=user, state__in=Reply.RUNNING)
    for reply in running:
        stop(reply)
    give_up_at = time.monotonic() + STOP_WAIT_SECONDS
    while running.exists() and time.monotonic() < give_up_at:
        time.sleep(0.05)


def _delete_chat(pk: UUID) -> None:
    """Out of sight first: who asks in it just now would be in the way."""
    Conversation.objects.filter(pk=pk).update(deleted_at=timezone.now())
    remove(pk)


def _delete_person(user_id: UUID) -> None:
    with transaction.atomic():
        _lock_person(Reply.objects.filter(message__conversation__user=user_id))
        _lock_person(User.objects.filter(pk=user_id))  # nobody can add to it now
        User.objects.filter(pk=user_id).delete()


def _lock_person(rows: QuerySet[Reply] | QuerySet[User]) -> None:
    """No piece of a reply, and no chat, may come between looking for them and deleting them."""
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _patiently(step: Callable[[], None]) -> None:
    for attempt in range(1, TIMES + 1):
        try:
            return step()
        except (IntegrityError, OperationalError):
            if attempt == TIMES:
                raise
            time.sleep(0.2)
    return None


def _end_sessions(user_id: UUID) -> None:
    """On all their devices, with the sign-ins that were begun there."""
    theirs = Session.objects.filter(user=user_id)
    browsers = {digest(session.get_decoded().get(BROWSER_KEY, "")) for session in theirs}
    theirs.delete()
    SignInAttempt.objects.filter(browser__in=browsers).delete()
