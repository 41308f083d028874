"""Which pictures of a chat go along with its next message: each of them is paid for again with every answer."""

from dataclasses import dataclass
from uuid import UUID

from chat.conversations.models import Conversation, MessagePicture


@dataclass(frozen=True)
class PicturesAlong:
    count: int
    left_behind: int
    anchor: str  # of the message with the first of them
    branch: UUID | None


def pictures_along(conversation: Conversation, *, branch: UUID | None = None) -> PicturesAlong:
    """Of the path through `branch`, or of the newest."""
    placed = MessagePicture.objects.filter(message__conversation=conversation).order_by("message__created_at")
    rows = list(placed.values_list("message_id", "message__reply__id", "is_sent_along"))
    path = set(conversation.tree().path(branch)) if rows else set()  # most chats have none
    shown = [row for row in rows if row[0] in path]
    anchors = [_anchor(message, reply) for message, reply, is_along in shown if is_along]
    return PicturesAlong(len(anchors), len(shown) - len(anchors), anchors[0] if anchors else "", branch)


def places_on_path(conversation: Conversation, branch: UUID | None) -> list[MessagePicture]:
    path = conversation.tree().path(branch)
    return list(MessagePicture.objects.filter(message__in=path).order_by("message__created_at", "position"))


def _anchor(message: UUID, reply: UUID | None) -> str:
    return f"answer-{reply}" if reply else f"message-{message}"
