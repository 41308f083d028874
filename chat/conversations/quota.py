"""Limits how much a user may store: a few forks of a long chat would be half a gigabyte within seconds."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from chat.models import Conversation, Message
from chat.models.prepared_queries import prepared

MAX_CHARACTERS = 100_000_000  # of all texts that are stored; the HTML of answers takes three times as much
# What rows count besides their texts: with their indexes, they take more than that in the database.
MESSAGE_CHARACTERS = 500  # of a message and its reply, or of a chat
PLACE_CHARACTERS = 300  # of an image, a file or an attachment in a message, with its name


class OutOfSpace(Exception):
    """The user has reached the limit; `str()` is the sentence to show."""

    def __str__(self) -> str:
        return _("You've used all the space for your chats. Delete some chats. Their space is freed ten minutes later.")


def check_space(user_id: UUID, *, for_characters: int) -> None:
    """Raise OutOfSpace if so many more characters are too many. Deleted chats count as long as they can be restored."""
    stored = sum(characters for (characters,) in _stored_characters(user_id))
    if stored + for_characters > MAX_CHARACTERS:
        raise OutOfSpace


def characters_in(values: Iterable[Any]) -> int:
    """How much the values of columns count: texts, and lists and objects as JSON."""
    return sum(map(_characters_of, values))


def _characters_of(value: Any) -> int:
    if isinstance(value, list | dict) and value:
        return len(json.dumps(value, ensure_ascii=False))
    return len(value) if isinstance(value, str) else 0


def characters_beside(message: Message) -> int:
    """How much the images, files and attachments of a stored message count."""
    attached = message.attachments.aggregate(text=Sum(Length("text")), rows=Count("pk"))
    files = message.files_in_order.aggregate(
        text=Sum("file__characters"), addresses=Sum(Length("address")), rows=Count("pk")
    )
    rows: int = attached["rows"] + files["rows"] + message.images_in_order.count()
    texts: list[int] = [found or 0 for found in (attached["text"], files["text"], files["addresses"])]
    return PLACE_CHARACTERS * rows + sum(texts)


@prepared
def _stored_characters(user: UUID) -> QuerySet[Conversation, tuple[int]]:
    """In one row, or in none."""
    chats = Conversation.with_deleted.filter(user=user).values("user")
    return chats.annotate(total=Sum("text_characters")).values_list("total")
