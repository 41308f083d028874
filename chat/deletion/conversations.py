"""Deletes chats: they are hidden at once and removed for good minutes later; temporary chats are removed after a day.

A background thread in each process (the sweep) removes them in small steps.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.background import Ticker
from chat.files.storage import remove_unused_files
from chat.images.storage import remove_orphaned_folders, remove_unused
from chat.models import Conversation, Message, MessageFile, MessageImage, Reply
from chat.replies.stop import stop
from chat.throttle import throttled

logger = logging.getLogger(__name__)

UNDO_PERIOD = timedelta(minutes=10)  # how long a deleted chat can be restored
TEMPORARY_LIFETIME = timedelta(hours=24)  # how long a temporary chat exists after its last message
SWEEP_SECONDS = 60.0
CHAT_BATCH = 200  # hidden or restored in one statement
MESSAGE_BATCH = 20  # removed in one transaction, with all that belongs to them: a few milliseconds


def delete(conversations: QuerySet[Conversation]) -> datetime | None:
    """Hide chats, until `restore` or the sweep, and stop running replies in them.

    Returns the time of the deletion, the same for all; None if there were no chats to delete.
    """
    now = timezone.now()
    steps = sum(throttled(_set_deleted_at(conversations.filter(deleted_at=None), deleted_at=now)))
    ensure_running()
    return now if steps else None


def restore(conversations: QuerySet[Conversation]) -> int:
    """Restore deleted chats; return how many. Chats that were deleted too long ago may be removed in part already."""
    restorable = conversations.filter(deleted_at__gte=timezone.now() - UNDO_PERIOD)
    return sum(throttled(_set_deleted_at(restorable, deleted_at=None)))


def _set_deleted_at(conversations: QuerySet[Conversation], *, deleted_at: datetime | None) -> Iterator[int]:
    """Set `deleted_at` of all chats, in batches so that other requests get their turn; yield the size of each batch."""
    ids = list(conversations.values_list("pk", flat=True))
    for begin in range(0, len(ids), CHAT_BATCH):
        batch = ids[begin : begin + CHAT_BATCH]
        yield Conversation.with_deleted.filter(pk__in=batch).update(deleted_at=deleted_at)
        if deleted_at:
            _stop_answers_in(batch)  # after the update: from then on no new reply can start in them


def purge(conversations: QuerySet[Conversation]) -> None:
    """Remove for good those of the chats that are due, and the images that no other message shows."""
    try:
        for pk in list(conversations.filter(_is_due()).values_list("pk", flat=True)):
            if _make_unrecoverable(pk):
                remove(pk)
    except (OperationalError, InterfaceError) as error:  # for example a full disk: the next sweep tries again
        logger.warning("Expired chats could not be deleted yet: %s", type(error).__name__)


def _is_due() -> Q:
    now = timezone.now()
    return Q(deleted_at__lt=now - UNDO_PERIOD) | Q(is_temporary=True, updated_at__lt=now - TEMPORARY_LIFETIME)


def _stop_answers_in(conversations: Iterable[UUID]) -> None:
    """Stop running replies: the person would pay for an answer that nobody can read."""
    for reply in Reply.objects.filter(message__conversation__in=list(conversations), state__in=Reply.RUNNING):
        stop(reply)


def _make_unrecoverable(pk: UUID) -> bool:
    """Make it impossible to restore or keep a chat that is due; return False if it is no longer due."""
    rows = Conversation.with_deleted.filter(_is_due(), pk=pk)
    return bool(rows.update(deleted_at=timezone.now() - 2 * UNDO_PERIOD))


def remove(pk: UUID) -> None:
    """Remove a hidden chat for good, in small transactions, so that other requests get the database in between.

    If it fails midway, it can be called again.
    """
    _stop_answers_in([pk])
    for _step in throttled(_remove_in_steps(pk)):
        pass


def _remove_in_steps(pk: UUID) -> Iterator[None]:
    while _remove_newest_messages(pk):
        yield
    for owner in Conversation.with_deleted.filter(pk=pk).values_list("user", flat=True):
        Conversation.with_deleted.filter(pk=pk).delete()
        remove_unused(owner, among=())  # removes unsent images
        remove_unused_files(owner, among=())
    yield


def _remove_newest_messages(conversation: UUID) -> int:
    """Remove a batch of messages; return how many. The newest first, because deletion cascades to later messages."""
    with transaction.atomic():
        messages = Message.objects.filter(conversation=conversation).order_by("-created_at", "-id")
        newest = list(messages.values_list("pk", "conversation__user")[:MESSAGE_BATCH])
        ids = [pk for pk, _owner in newest]
        # While its stored deltas and then the reply itself are deleted, no other process may add a delta.
        list(Reply.objects.select_for_update(of=("self",)).filter(message__in=ids).order_by("pk").values_list("pk"))
        images = set(MessageImage.objects.filter(message__in=ids).values_list("image", flat=True))
        files = set(MessageFile.objects.filter(message__in=ids, file__isnull=False).values_list("file", flat=True))
        Message.objects.filter(pk__in=ids).delete()
        if images:
            remove_unused(newest[0][1], among=images)
        if files:
            remove_unused_files(newest[0][1], among=files)
    return len(ids)


# --- The sweep -------------------------------------------------------------------------------------


def ensure_running() -> None:
    """Start the sweep of this process unless it runs; it ends by itself once no chat is deleted or temporary."""
    _sweeper.ensure_running()


def stop_sweeping() -> None:
    """End the sweep now: this process is about to end."""
    _sweeper.stop()


def _sweep() -> bool:
    """Remove the chats that are due; return whether there are chats that will be due later."""
    all_chats = Conversation.with_deleted.all()
    purge(all_chats)
    return all_chats.filter(Q(deleted_at__isnull=False) | Q(is_temporary=True)).exists()


# Orphaned folders are removed once, when a process starts: an earlier process may have died while deleting an account.
_sweeper = Ticker("deletion", _sweep, lambda: SWEEP_SECONDS, first=remove_orphaned_folders)
