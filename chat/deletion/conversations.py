"""Chats that end: the deleted ones minutes later, so that they can be had back, and the temporary ones after a day.

A sweep in each process removes them, in small steps beside the requests.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.background import Ticker
from chat.images.storage import remove_orphaned_folders, remove_unused
from chat.models import Conversation, Message, MessageImage, Reply
from chat.replies.stop import stop
from chat.throttle import throttled

logger = logging.getLogger(__name__)

UNDO = timedelta(minutes=10)  # for so long a deleted chat can be had back
TEMPORARY = timedelta(hours=24)  # a temporary chat stays this long after its last message
SWEEP_SECONDS = 60.0
CHATS_AT_ONCE = 200  # taken out of sight, or brought back, in one statement
MESSAGES_AT_ONCE = 20  # removed in one transaction, with all that belongs to them: some milliseconds


def delete(conversations: QuerySet[Conversation]) -> datetime | None:
    """Take chats out of sight; `restore` brings them back. What is being answered in them is stopped.

    All of them get the same moment, which is returned; None when there were none.
    """
    now = timezone.now()
    steps = sum(throttled(_in_steps(conversations.filter(deleted_at=None), deleted_at=now)))
    ensure_running()
    return now if steps else None


def restore(conversations: QuerySet[Conversation]) -> int:
    """Bring deleted chats back, whole; how many were still there. Those whose time is up may be gone in part."""
    return sum(throttled(_in_steps(conversations.filter(deleted_at__gte=timezone.now() - UNDO), deleted_at=None)))


def _in_steps(conversations: QuerySet[Conversation], *, deleted_at: datetime | None) -> Iterator[int]:
    """Update all chats, some at a time so that others have their turn; how many each time."""
    ids = list(conversations.values_list("pk", flat=True))
    for begin in range(0, len(ids), CHATS_AT_ONCE):
        some = ids[begin : begin + CHATS_AT_ONCE]
        yield Conversation.with_deleted.filter(pk__in=some).update(deleted_at=deleted_at)
        if deleted_at:
            _stop_answers_in(some)  # not before: nothing new can begin in them now


def purge(conversations: QuerySet[Conversation]) -> None:
    """Remove for good those of the chats whose time is up, and the images that nothing else shows."""
    try:
        for pk in list(conversations.filter(_is_due()).values_list("pk", flat=True)):
            if _is_out_of_reach(pk):
                remove(pk)
    except (OperationalError, InterfaceError) as error:  # a full disk, say: the next one who comes by tries again
        logger.warning("Expired chats could not be deleted yet: %s", type(error).__name__)


def _is_due() -> Q:
    now = timezone.now()
    return Q(deleted_at__lt=now - UNDO) | Q(is_temporary=True, updated_at__lt=now - TEMPORARY)


def _stop_answers_in(conversations: Iterable[UUID]) -> None:
    """Or the person would go on paying for what nobody can read."""
    for reply in Reply.objects.filter(message__conversation__in=list(conversations), state__in=Reply.RUNNING):
        stop(reply)


def _is_out_of_reach(pk: UUID) -> bool:
    """From now on nobody can have it back, a temporary one included; False if it was wanted just now."""
    rows = Conversation.with_deleted.filter(_is_due(), pk=pk)
    return bool(rows.update(deleted_at=timezone.now() - 2 * UNDO))


def remove(pk: UUID) -> None:
    """Remove a chat for good, a few messages at a time: others have their turn, and the database, in between.

    It must be out of sight already. Should it break midway, doing it again does the rest.
    """
    _stop_answers_in([pk])
    for _step in throttled(_steps_of_removal(pk)):
        pass


def _steps_of_removal(pk: UUID) -> Iterator[None]:
    while _remove_newest_messages(pk):
        yield
    for owner in Conversation.with_deleted.filter(pk=pk).values_list("user", flat=True):
        Conversation.with_deleted.filter(pk=pk).delete()
        remove_unused(owner, among=())  # those that were never sent
    yield


def _remove_newest_messages(conversation: UUID) -> int:
    """The newest first, or a message would take along all that follow it; how many went."""
    with transaction.atomic():
        messages = Message.objects.filter(conversation=conversation).order_by("-created_at", "-id")
        newest = list(messages.values_list("pk", "conversation__user")[:MESSAGES_AT_ONCE])
        ids = [pk for pk, _owner in newest]
        # Nobody may store a piece of a reply between its pieces' end and its own.
        list(Reply.objects.select_for_update(of=("self",)).filter(message__in=ids).order_by("pk").values_list("pk"))
        images = set(MessageImage.objects.filter(message__in=ids).values_list("image", flat=True))
        Message.objects.filter(pk__in=ids).delete()
        if images:
            remove_unused(newest[0][1], among=images)
    return len(ids)


# --- The sweep -------------------------------------------------------------------------------------


def ensure_running() -> None:
    """Start the sweep of this process if there is none; it ends by itself when nothing is left to wait for."""
    _sweeper.ensure_running()


def stop_sweeping() -> None:
    """End the sweep now: this process is about to end."""
    _sweeper.stop()


def _sweep() -> bool:
    """Take away what is due; True while something waits for its time."""
    everybodys = Conversation.with_deleted.all()
    purge(everybodys)
    return everybodys.filter(Q(deleted_at__isnull=False) | Q(is_temporary=True)).exists()


# Files once for each sweeper, and so when a process starts: the one before it may have died half-way.
_sweeper = Ticker("deletion", _sweep, lambda: SWEEP_SECONDS, first=remove_orphaned_folders)
