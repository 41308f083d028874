"""The notice that chats were deleted: what it says, and which chats it can restore."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from chat.accounts.signed_in import SignedInRequest
from chat.input_values import uuid_or_none
from chat.models import Conversation, User

EPOCH = datetime.fromtimestamp(0, UTC)
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Deleted:
    count: int
    title: str  # of a single one
    undo_url: str
    at: str = ""  # of many: when


def just_deleted(request: SignedInRequest) -> Deleted | None:
    """What was deleted, as the address of a page says; None if it cannot be restored any more."""
    deleted = request.GET.get("deleted", "")
    if id_ := uuid_or_none(deleted):
        conversation = chats_with_deleted(request.user).exclude(deleted_at=None).filter(pk=id_).first()
        return deleted_one(conversation) if conversation else None
    count = deleted_at(request.user, deleted).count() if deleted else 0
    return Deleted(count, "", reverse("restore-all"), deleted) if count else None


def deleted_one(conversation: Conversation) -> Deleted:
    return Deleted(1, conversation.title, reverse("restore", args=[conversation.id]))


def chats_with_deleted(user: User) -> QuerySet[Conversation]:
    return Conversation.with_deleted.filter(user=user)


def deleted_at(user: User, number: str) -> QuerySet[Conversation]:
    """All chats that were deleted with one click: they have the very same moment."""
    is_moment = number.isascii() and number.isdigit() and len(number) <= 17
    chats = chats_with_deleted(user)
    return chats.filter(deleted_at=EPOCH + int(number) * MOMENT) if is_moment else chats.none()


def as_number(moment: datetime | None) -> int:
    return ((moment or EPOCH) - EPOCH) // MOMENT
