"""What a look at one's chats sets in motion. A view calls it once, before it reads: making a page writes nothing."""

from datetime import timedelta

from django.utils import timezone

from chat.models import Conversation, Reply, User
from chat.replies.generate import SWEEP_SECONDS, start
from chat.replies.recover import recover


def catch_up(user: User, conversation: Conversation | None = None) -> None:
    """End the person's replies whose process died; in the chat that they open, begin what nobody makes, and mark the
    chat as seen.
    """
    recover(Reply.objects.of(user))
    if conversation:
        _start_unclaimed(conversation)
        conversation.mark_as_seen()


def _start_unclaimed(conversation: Conversation) -> None:
    """A process that ended before its sweep leaves replies behind that nobody makes."""
    overdue = timezone.now() - timedelta(seconds=SWEEP_SECONDS)
    unclaimed = Reply.objects.filter(state=Reply.State.WAITING, worker="", asked_at__lt=overdue)
    for reply in unclaimed.filter(message__conversation=conversation):
        start(reply)
