"""Chats that end: the deleted ones minutes later, so that they can be had back, and the temporary ones after a day.

Whoever comes by takes away what is due of their own; a sweep in each process takes care of those who never return.
"""

import logging
import threading
from collections.abc import Iterable
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.conversations.models import Conversation
from chat.conversations.storage import remove_unused
from chat.replies.models import Reply
from chat.replies.stop import stop
from chat.signin.models import User

logger = logging.getLogger(__name__)

UNDO = timedelta(minutes=10)  # for so long a deleted chat can be had back
TEMPORARY = timedelta(hours=24)  # a temporary chat stays this long after its last message
SWEEP_SECONDS = 60.0

_starting = threading.Lock()
_sweeper: threading.Thread | None = None
_is_wanted = False  # something to wait for may have come since the sweeper looked
_leave = threading.Event()


def delete(conversations: QuerySet[Conversation]) -> list[Conversation]:
    """Take chats out of sight; `restore` brings them back. What is being answered in them is stopped."""
    gone = list(conversations)
    now = timezone.now()
    Conversation.objects.filter(pk__in=[each.pk for each in gone]).update(deleted_at=now)
    for each in gone:
        each.deleted_at = now
    _stop_answers_in(gone)  # not before: nothing new can begin in them now
    ensure_running()
    return gone


def restore(conversations: QuerySet[Conversation]) -> int:
    """Bring deleted chats back, whole; how many were still there."""
    return conversations.exclude(deleted_at=None).update(deleted_at=None)


def purge(conversations: QuerySet[Conversation]) -> None:
    """Remove for good those of the chats whose time is up, and the pictures that nothing else shows."""
    try:
        for conversation in conversations.filter(_is_due()):
            _stop_answers_in([conversation])
            _remove(conversation)
    except (OperationalError, InterfaceError) as error:  # a full disk, say: the next one who comes by tries again
        logger.warning("Chats whose time is up are still there: %s", type(error).__name__)


def purge_those_of(user: User) -> None:
    purge(Conversation.with_deleted.filter(user=user))


def _is_due() -> Q:
    now = timezone.now()
    return Q(deleted_at__lt=now - UNDO) | Q(is_temporary=True, updated_at__lt=now - TEMPORARY)


def _stop_answers_in(conversations: Iterable[Conversation]) -> None:
    """Or the person would go on paying for what nobody can read."""
    for reply in Reply.objects.filter(message__conversation__in=list(conversations), state__in=Reply.RUNNING):
        stop(reply)


def _remove(conversation: Conversation) -> None:
    with transaction.atomic():
        # Nobody may store a piece of a reply between its pieces' end and its own.
        list(Reply.objects.select_for_update().filter(message__conversation=conversation).values_list("pk"))
        rows = Conversation.with_deleted.select_for_update()
        if not rows.filter(_is_due(), pk=conversation.pk).first():  # it was wanted back just now
            return
        pictures = set(conversation.messages.values_list("pictures_in_order__picture", flat=True)) - {None}
        conversation.delete()
        remove_unused(conversation.user_id, among=pictures)


# --- The sweep -------------------------------------------------------------------------------------


def ensure_running() -> None:
    """Start the sweep of this process if there is none; it ends by itself when nothing is left to wait for."""
    global _sweeper, _is_wanted
    with _starting:
        _is_wanted = True
        if _sweeper is None:
            _leave.clear()
            _sweeper = threading.Thread(target=_sweep_while_needed, name="purge", daemon=True)
            _sweeper.start()


def leave() -> None:
    """End the sweep now: this process is about to end."""
    _leave.set()


def _sweep_while_needed() -> None:
    global _sweeper, _is_wanted
    while True:
        with _starting:
            _is_wanted = False
        is_more_to_come = _sweep()
        with _starting:
            if _leave.is_set() or not (is_more_to_come or _is_wanted):
                _sweeper = None
                return
        _leave.wait(SWEEP_SECONDS)


def _sweep() -> bool:
    """Take away what is due; True while something waits for its time."""
    everybodys = Conversation.with_deleted.all()
    try:
        purge(everybodys)
        return everybodys.filter(Q(deleted_at__isnull=False) | Q(is_temporary=True)).exists()
    except Exception as error:  # the database may be away: the next round tries again
        is_foreseen = isinstance(error, OperationalError | InterfaceError)
        logger.warning("Chats could not be swept: %s", type(error).__name__, exc_info=not is_foreseen)
        return True
    finally:
        connection.close()
