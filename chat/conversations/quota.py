"""How much text one person may keep: a few forks of a long chat are half a gigabyte within seconds."""

from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from chat.models import Conversation

MOST_CHARACTERS = 100_000_000  # of messages, thoughts and attachments; rendered answers take three times as much


class OutOfSpace(Exception):
    """`str()` says what to do about it."""

    def __str__(self) -> str:
        return _("You've used all the space for your chats. Delete some chats. Their space is freed ten minutes later.")


def check_space(user_id: UUID, *, for_characters: int) -> None:
    """Raises OutOfSpace where this much more text is too much; deleted chats count as long as they can be restored."""
    chats = Conversation.with_deleted.filter(user=user_id)
    kept = chats.aggregate(total=Sum("text_characters"))["total"] or 0
    if kept + for_characters > MOST_CHARACTERS:
        raise OutOfSpace
