"""Limits how much text a user may store: a few forks of a long chat would be half a gigabyte within seconds."""

from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from chat.models import Conversation
from chat.models.prepared_queries import prepared

MAX_CHARACTERS = 100_000_000  # of messages, reasoning and attachments; the HTML of answers takes three times as much


class OutOfSpace(Exception):
    """The user has reached the limit; `str()` is the sentence to show."""

    def __str__(self) -> str:
        return _("You've used all the space for your chats. Delete some chats. Their space is freed ten minutes later.")


def check_space(user_id: UUID, *, for_characters: int) -> None:
    """Raise OutOfSpace if so many more characters are too many. Deleted chats count as long as they can be restored."""
    stored = sum(characters for (characters,) in _stored_characters(user_id))
    if stored + for_characters > MAX_CHARACTERS:
        raise OutOfSpace


@prepared
def _stored_characters(user: UUID) -> QuerySet[Conversation, tuple[int]]:
    """In one row, or in none."""
    chats = Conversation.with_deleted.filter(user=user).values("user")
    return chats.annotate(total=Sum("text_characters")).values_list("total")
