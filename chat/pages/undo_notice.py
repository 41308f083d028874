"""What the notice about deleted chats says, and which chats it can bring back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from chat.accounts.signed_in import SignedInRequest
from chat.models import Conversation, User
from chat.params import uuid_or_none

EPOCH = datetime.fromtimestamp(0, UTC)
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Deleted:
    count: int
    title: str  # of a single one
    undo_url: str
    at: str = ""  # of many: when


def just_deleted(request: SignedInRequest) -> Deleted | None:
    """What the address of a page says was deleted, if it can still be had back."""
    told = request.GET.get("deleted", "")
    if id_ := uuid_or_none(told):
        gone = all_of(request.user).exclude(deleted_at=None).filter(pk=id_).first()
        return deleted_one(gone) if gone else None
    count = deleted_at(request.user, told).count() if told else 0
    return Deleted(count, "", reverse("restore-all"), told) if count else None


def deleted_one(conversation: Conversation) -> Deleted:
    return Deleted(1, conversation.title, reverse("restore", args=[conversation.id]))


def all_of(user: User) -> QuerySet[Conversation]:
    return Conversation.with_deleted.filter(user=user)


def deleted_at(user: User, number: str) -> QuerySet[Conversation]:
    """All that went with one click: they have the very same moment."""
    is_moment = number.isascii() and number.isdigit() and len(number) <= 17
    return all_of(user).filter(deleted_at=EPOCH + int(number) * MOMENT) if is_moment else all_of(user).none()


def as_number(moment: datetime | None) -> int:
    return ((moment or EPOCH) - EPOCH) // MOMENT
