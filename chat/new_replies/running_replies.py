"""The replies of a person that are running: how many there may be, and where two may run at the same time."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chat.models import Conversation, Reply
from chat.models.prepared_queries import prepared
from chat.models.reply import RUNNING_SQL
from chat.replies.recover import recover
from chat.spending.limits import OverLimit

T = TypeVar("T")

MAX_RUNNING_REPLIES = 12  # of one user at a time; each costs the site a thread and the user money


class Busy(Exception):
    """The user has to wait for an answer first, or the chat was deleted; `str()` is the sentence to show."""


class Place(NamedTuple):
    """Where an answer is: below which question, and in which column if there are several."""

    question_id: UUID | None
    side_by_side: int | None

    def is_beside(self, other: "Place") -> bool:
        """Whether both may be written at the same time."""
        columns = (self.side_by_side, other.side_by_side)
        return self.question_id == other.question_id and None not in columns and columns[0] != columns[1]


def recovering_if_busy(conversation: Conversation, store: Callable[[], T]) -> T:
    """Call `store`, and once more if others are in its way: after ending the user's replies whose process died.

    Not inside the transaction, because that may wait.
    """
    try:
        return store()
    except (Busy, OverLimit):
        recover(running_replies(conversation))
        return store()


def refuse_if_busy(conversation: Conversation, *, count: int = 1, place: Place | None = None) -> Decimal:
    """Raise Busy unless `count` more answers may be written; `place` is where, if not below a new question.

    Returns the US dollars that are reserved for running ones. What has been spent has to be asked after that: an answer
    that ends between the two is counted twice then, and not left out.
    """
    running = _places_of_running(conversation.user_id)
    in_this_chat = [Place(question, column) for chat, question, column, _ in running if chat == conversation.pk]
    if not all(place and place.is_beside(other) for other in in_this_chat):
        raise Busy(_("An answer is still being written in this chat. Wait for it to finish, or stop it first."))
    if len(running) + count > MAX_RUNNING_REPLIES:
        raise Busy(_too_many_sentence(len({chat for chat, *_where in running})))
    return sum((reserved or Decimal(0) for *_where, reserved in running), start=Decimal(0))


def _too_many_sentence(chats: int) -> str:
    """`chats` are being answered, some of them perhaps by several models."""
    if chats >= MAX_RUNNING_REPLIES:
        sentence = _("%(count)d of your chats are being answered. Wait for one to finish, or stop one first.")
    else:
        sentence = _("You can get %(count)d answers at a time. Wait for others to finish, or ask fewer models.")
    return sentence % {"count": MAX_RUNNING_REPLIES}


@prepared
def _places_of_running(user: UUID) -> QuerySet[Reply, tuple[UUID, UUID | None, int | None, Decimal | None]]:
    # All users' replies first, as in chat/replies/recover.py: few are running, but a user may have many chats.
    running = Reply.objects.extra(where=[RUNNING_SQL]).filter(message__conversation__user=user)  # noqa: S610
    return running.values_list("message__conversation", "message__parent", "side_by_side", "reserved")


def running_replies(conversation: Conversation) -> QuerySet[Reply]:
    """The waiting and streaming replies in all chats of the conversation's user."""
    return Reply.objects.filter(message__conversation__user=conversation.user_id, state__in=Reply.RUNNING)
