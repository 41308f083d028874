"""Stop: whoever makes the reply closes the line to OpenRouter, which ends the bill at many providers."""

from django.db import transaction
from django.utils import timezone

from chat.models import Reply
from chat.replies import live
from chat.replies.finish import store_end
from chat.replies.recover import stored_deltas
from chat.replies.render import final_blocks


def stop(reply: Reply) -> None:
    """Ask for the end of a reply. At once in this process; in another its next checkpoint sees the request."""
    if made_here := live.find(reply.pk):
        made_here.stop()  # also while the database is away
    elif not _stop_before_it_begins(reply):
        Reply.objects.filter(pk=reply.pk, state__in=Reply.RUNNING).update(stop_requested_at=timezone.now())


def _stop_before_it_begins(reply: Reply) -> bool:
    """End a reply that nobody makes yet, with what it began with, if it continues another; True if it was one."""
    unclaimed = Reply.objects.filter(pk=reply.pk, state=Reply.State.WAITING, worker="")
    with transaction.atomic():
        if not unclaimed.update(stop_requested_at=timezone.now()):  # until the commit nobody can claim it
            return False
        deltas = stored_deltas(reply.pk)
        store_end(reply.pk, Reply.State.STOPPED, deltas, final_blocks(deltas), {})
        return True
