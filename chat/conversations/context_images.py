"""Which images of a chat go along with its next message: each of them is paid for again with every answer."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from chat.images.request_fit import plan
from chat.models import Conversation, MessageImage


class Size(NamedTuple):
    width: int
    height: int
    size_bytes: int


@dataclass(frozen=True)
class ContextImages:
    count: int
    left_behind: int
    crowded_out: int  # of the oldest, which no request has room for
    are_smaller: bool  # than they are kept, for the same reason
    anchor: str  # of the message with the first of them
    branch: UUID | None


def context_images_of(conversation: Conversation, *, branch: UUID | None = None) -> ContextImages:
    """Of the path through `branch`, or of the newest."""
    placed = MessageImage.objects.filter(message__conversation=conversation).order_by("message__created_at")
    sizes = ("image__width", "image__height", "image__size_bytes")
    rows = list(placed.values_list("message_id", "message__reply__id", "is_sent_along", *sizes))
    path = set(conversation.tree().path(branch)) if rows else set()  # most chats have none
    shown = [row for row in rows if row[0] in path]
    along = [row for row in shown if row[2]]
    chosen = plan([Size(*row[3:]) for row in along])
    going = along[chosen.left_out :]
    return ContextImages(
        count=len(going),
        left_behind=len(shown) - len(along),
        crowded_out=chosen.left_out,
        are_smaller=chosen.is_smaller,
        anchor=_anchor(*going[0][:2]) if going else "",
        branch=branch,
    )


def images_on_path(conversation: Conversation, branch: UUID | None) -> list[MessageImage]:
    path = conversation.tree().path(branch)
    return list(MessageImage.objects.filter(message__in=path).order_by("message__created_at", "position"))


def _anchor(message: UUID, reply: UUID | None) -> str:
    return f"answer-{reply}" if reply else f"message-{message}"
