"""A new chat that begins like an old one: the messages up to one of them, copied."""

import re
import time
import uuid
from uuid import UUID

from django.db import transaction

from chat.conversations.copying import copy_what_belongs_to
from chat.conversations.quota import check_space
from chat.models import Conversation, Message, Reply

NUMBER = re.compile(r" \((\d{1,4})\)$", re.ASCII)
LONGEST_NAME = 190  # characters, with room for a number
ROWS = 50  # messages copied at once: an answer may have some hundred kilobytes

# What a copy does not have: it cost nothing, and nobody is making it.
NOT_COPIED = {
    **dict.fromkeys(("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "cost", "continues")),
    **{"worker": "", "lease_until": None, "stop_requested_at": None, "generation_id": "", "is_copy": True},
}


@transaction.atomic
def fork(message: Message) -> Conversation | None:
    """Copy the path to `message`, that included; None when it was deleted just now.

    Deleted messages are left out, and an answer that is being made. Of a deleted question its place stays where its
    answer is there: each answer has a question. Raises OutOfSpace; the copy counts as long as the whole chat does.
    """
    old = Conversation.locked(message.conversation_id)
    tree = old.tree() if old else None
    if old is None or tree is None or message.id not in tree:
        return None
    check_space(old.user_id, for_characters=old.text_characters)
    new = Conversation.objects.create(
        user_id=old.user_id,
        title=_next_title(old),
        title_by=old.title_by,
        model=old.model,
        is_temporary=old.is_temporary,
        branched_from=message.id,
        text_characters=old.text_characters,
    )
    kept = _kept(old, tree.path_to(message.id))
    last: Message | None = None
    for begin in range(0, len(kept), ROWS):
        last = _copy(old.messages_at(kept[begin : begin + ROWS], "reply"), new, last)
        time.sleep(0)  # others have their turn
    return new


def _next_title(old: Conversation) -> str:
    """The same with the next number, so that both can be told apart in a list: "Bread (2)"."""
    counted = NUMBER.search(old.title)
    name = (old.title[: counted.start()] if counted else old.title)[:LONGEST_NAME]
    same = Conversation.objects.filter(user=old.user_id, title__startswith=f"{name} (").values_list("title", flat=True)
    numbers = [int(match[1]) for title in same if (match := NUMBER.search(title)) and title[: match.start()] == name]
    return f"{name} ({max([1, *numbers]) + 1})"


def _kept(old: Conversation, path: list[UUID]) -> list[UUID]:
    rows = old.messages.filter(id__in=path).values_list("id", "deleted_at", "reply__state")
    told: dict[UUID, tuple[bool, str | None]] = {id_: (gone is not None, state) for id_, gone, state in rows}
    kept: list[UUID] = []
    is_answered = False
    for id_ in reversed(path):
        is_deleted, state = told[id_]
        is_kept = state not in Reply.RUNNING and (not is_deleted or (state is None and is_answered))
        is_answered = is_kept and state is not None
        kept += [id_] if is_kept else []
    return kept[::-1]


def _copy(messages: list[Message], new: Conversation, parent: Message | None) -> Message | None:
    """Copy them one below the other, the first below `parent`; return the last copy."""
    copies: dict[UUID, Message] = {}
    for each in messages:
        copies[each.id] = parent = Message(
            conversation=new,
            parent=parent,
            role=each.role,
            text=each.text,
            created_at=each.created_at,
            deleted_at=each.deleted_at,
        )
    Message.objects.bulk_create(copies.values())
    copy_what_belongs_to(copies)
    answers = [each for each in messages if each.role == Message.Role.ASSISTANT]
    Reply.objects.bulk_create(_copy_of_reply(each.reply, copies[each.id]) for each in answers)
    return parent


def _copy_of_reply(reply: Reply, copy: Message) -> Reply:
    for name, value in NOT_COPIED.items():
        setattr(reply, name, value)
    reply.pk, reply.message, reply._state.adding = uuid.uuid4(), copy, True
    return reply
