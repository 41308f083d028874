"""The rows of a waiting reply: its empty message, and the reply itself."""

from datetime import datetime

from django.utils import timezone

from chat.models import Message, Reply
from chat.models.conversation import ONE_STEP
from chat.models.prepared_queries import PreparedInsert
from chat.replies.lease import UNCLAIMED_LIFETIME
from chat.spending.limits import Reservation

insert_messages, insert_replies = PreparedInsert(Message), PreparedInsert(Reply)


def answers_to(question: Message, count: int, *, moment: datetime) -> list[Message]:
    """Messages of answers from a moment on, without text and not saved.

    The first is the newest one, so that the newest path has it.
    """
    return [
        Message(
            conversation=question.conversation,
            parent=question,
            role=Message.Role.ASSISTANT,
            created_at=moment + (count - 1 - number) * ONE_STEP,
        )
        for number in range(count)
    ]


def waiting_reply_to(
    question: Message,
    model: str,
    reserved: Reservation,
    side_by_side: int | None = None,
    *,
    over_limit: bool = False,
) -> Reply:
    """Store a waiting reply to a stored question, with its message, in this column if there are several."""
    (answer,) = answers_to(question, 1, moment=question.conversation.next_moment())
    answer.save(force_insert=True)
    reply = waiting_reply(answer, model, reserved, over_limit=over_limit)
    reply.side_by_side = side_by_side
    insert_replies(reply)
    return reply


def waiting_reply(answer: Message, model: str, reserved: Reservation, *, over_limit: bool) -> Reply:
    """A reply that is not saved yet. One that a limit of its person makes shorter says so, in case it is cut off."""
    now = timezone.now()  # which the message may be ahead of, after a clock was set back
    return Reply(
        message=answer,
        model=model,
        max_completion_tokens=reserved.max_completion_tokens,
        reserved=reserved.dollars,
        ignores_limits=over_limit or None,
        error_details={"is_shortened": True} if reserved.is_shortened else {},
        asked_at=now,
        lease_until=now + UNCLAIMED_LIFETIME,
    )


def number_columns(replies: list[Reply]) -> None:
    """Say of each reply in which column it is, if there are several."""
    for number, reply in enumerate(replies if len(replies) > 1 else (), start=1):
        reply.side_by_side = number
