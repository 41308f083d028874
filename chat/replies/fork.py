"""A new chat that begins like an old one: the messages up to one of them, copied."""

import uuid
from itertools import pairwise

from django.db import transaction

from chat.conversations.copying import copy_what_belongs_to
from chat.conversations.models import Conversation, Message

# What a copy does not have: it cost nothing, and nobody is making it.
NOT_COPIED = {
    **dict.fromkeys(("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "cost", "continues")),
    **{"worker": "", "lease_until": None, "stop_requested_at": None, "generation_id": "", "is_copy": True},
}


@transaction.atomic
def fork(message: Message) -> Conversation:
    """Copy the path to `message`, that included; deleted messages are left out, and an answer that is being made."""
    old = message.conversation
    path = [each for each in old.messages_at(old.tree().path_to(message.id), "reply") if _can_be_copied(each)]
    new = Conversation.objects.create(
        user_id=old.user_id, title=old.title, title_by=old.title_by, model=old.model, is_temporary=old.is_temporary
    )
    copies = [_copy_of(each, new) for each in path]
    for before, after in pairwise(copies):
        after.parent = before
    Message.objects.bulk_create(copies)
    for each, copy in zip(path, copies, strict=True):
        copy_what_belongs_to(each, copy)
        if each.role == Message.Role.ASSISTANT:
            _copy_reply(each, copy)
    return new


def _can_be_copied(message: Message) -> bool:
    is_running = message.role == Message.Role.ASSISTANT and message.reply.is_running
    return message.deleted_at is None and not is_running


def _copy_of(message: Message, conversation: Conversation) -> Message:
    return Message(conversation=conversation, role=message.role, text=message.text, created_at=message.created_at)


def _copy_reply(message: Message, copy: Message) -> None:
    reply = message.reply
    for name, value in NOT_COPIED.items():
        setattr(reply, name, value)
    reply.pk, reply.message, reply._state.adding = uuid.uuid4(), copy, True
    reply.save(force_insert=True)
