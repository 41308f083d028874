"""Repairs that run when a user opens their chats: ends dead replies, starts unclaimed ones, marks the chat as seen.

A view calls `catch_up` once, before it reads. Rendering the page itself writes nothing.
"""

from datetime import timedelta

from django.utils import timezone

from chat.models import Conversation, Reply, User
from chat.replies.generate import START_DELAY_SECONDS, start
from chat.replies.recover import recover


def catch_up(user: User, conversation: Conversation | None = None) -> None:
    """End the user's replies whose process died. In `conversation`, also start unclaimed replies and mark it as seen.

    Waits up to `recover.NOTICE_SECONDS` when a lease has run out, so do not call it inside a transaction.
    """
    recover(Reply.objects.of(user))
    if conversation:
        _start_unclaimed(conversation)
        conversation.mark_as_seen()


def _start_unclaimed(conversation: Conversation) -> None:
    """A process that ended before its delayed start leaves replies behind that no process has claimed."""
    overdue = timezone.now() - timedelta(seconds=START_DELAY_SECONDS)
    unclaimed = Reply.objects.with_key().filter(state=Reply.State.WAITING, worker="", asked_at__lt=overdue)
    for reply in unclaimed.filter(message__conversation=conversation):
        start(reply)
