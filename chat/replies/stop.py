"""Stops a reply: its process closes the connection to OpenRouter, which also ends the charges at many providers."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat.models import Reply
from chat.replies import live
from chat.replies.finish import store_end
from chat.replies.recover import stored_deltas
from chat.reply_content.render import render_final_blocks


def stop(reply: Reply) -> None:
    """Stop a reply: at once if this process makes it; otherwise the next checkpoint of its process sees the request."""
    if ours := live.find(reply.pk):
        ours.stop()  # also while the database is away
    elif not _stop_unclaimed(reply):
        Reply.objects.filter(pk=reply.pk, state__in=Reply.RUNNING).update(stop_requested_at=timezone.now())


def stop_all_beside(reply: Reply) -> None:
    """Stop the answers to the same question that other models are writing."""
    for other in others_running(reply):
        stop(other)


def others_running(reply: Reply) -> QuerySet[Reply]:
    """The running answers of other models that were asked side by side with this one."""
    if reply.side_by_side is None:
        return Reply.objects.none()
    siblings = Reply.objects.filter(message__parent=reply.message.parent_id, side_by_side__isnull=False)
    return siblings.filter(state__in=Reply.RUNNING).exclude(pk=reply.pk)


def _stop_unclaimed(reply: Reply) -> bool:
    """End a reply that no process has claimed yet; False when one has. Keeps the text that it continues, if any."""
    unclaimed = Reply.objects.filter(pk=reply.pk, state=Reply.State.WAITING, worker="")
    with transaction.atomic():
        # The update locks the row: no process can claim the reply before the commit.
        if not unclaimed.update(stop_requested_at=timezone.now()):
            return False
        deltas = stored_deltas(reply.pk)
        store_end(reply.pk, Reply.State.STOPPED, deltas, render_final_blocks(deltas), {})
        return True
