"""Stop: whoever makes the reply closes the line to OpenRouter, which ends the bill at many providers."""

from django.utils import timezone

from chat.replies import live
from chat.replies.models import Reply


def stop(reply: Reply) -> None:
    """Ask for the end of a reply. At once in this process; in another its next checkpoint sees the request."""
    now = timezone.now()
    unclaimed = Reply.objects.filter(pk=reply.pk, state=Reply.State.WAITING, worker="")
    if unclaimed.update(state=Reply.State.STOPPED, stop_requested_at=now, finished_at=now):
        return
    Reply.objects.filter(pk=reply.pk, state__in=Reply.RUNNING).update(stop_requested_at=now)
    if made_here := live.find(reply.pk):
        made_here.stop()
