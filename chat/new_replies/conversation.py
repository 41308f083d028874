"""What a new reply changes in its conversation: its model, its size, and when it was used last."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.conversations.quota import MESSAGE_CHARACTERS
from chat.conversations.settings import settings_length
from chat.models import Conversation, Message, User
from chat.models.prepared_queries import prepared_update
from chat.new_replies.running_replies import Busy, running_replies
from chat.replies.recover import recover
from chat.spending.reserve import lock_user, users_turn


@contextmanager
def locked_conversation(message: Message) -> Iterator[Conversation]:
    """A transaction in which the user and the conversation of `message` are locked. Raises Busy when it was deleted.

    Replies of a dead process, which would be in the way, are ended first; that may wait.
    """
    user_id = message.conversation.user_id
    recover(running_replies(message.conversation))
    with users_turn(user_id), transaction.atomic():
        lock_user(user_id)
        conversation = Conversation.locked(message.conversation_id)
        if conversation is None:
            raise Busy(_("This chat was deleted."))
        yield conversation


def remember_model(conversation: Conversation, model: str) -> None:
    """Note which model the user has asked here; the conversation is saved by `touch`."""
    conversation.model = model
    user = conversation.user
    if user.last_model != model:
        User.objects.filter(pk=user.pk).update(last_model=model, recent_models=user.recent_models_with(model))


def touch(conversation: Conversation, characters: int = 0) -> None:
    """Save the conversation as used now, with its model; it counts so many more characters of the space of its person.

    Raises Busy when it was deleted.
    """
    conversation.updated_at = timezone.now()
    if conversation._state.adding:
        own = MESSAGE_CHARACTERS + settings_length(conversation.settings)
        conversation.text_characters = own + characters
        conversation.counted_tokens, conversation.has_images, conversation.has_files = None, False, False
        conversation.save(force_insert=True)
        return
    # These columns alone: the chat may have been renamed, or deleted, since it was read.
    if not _store_use(conversation.pk, conversation.model, conversation.updated_at, characters):
        raise Busy(_("This chat was deleted."))


@prepared_update
def _store_use(id_: UUID, model: str, at: datetime, characters: int) -> tuple[QuerySet[Conversation], dict[str, Any]]:
    total = F("text_characters") + characters
    return Conversation.objects.filter(pk=id_), {"model": model, "updated_at": at, "text_characters": total}
