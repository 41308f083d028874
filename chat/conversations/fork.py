"""Branches a chat into a new one: copies the messages up to a given one."""

import re
import time
import uuid
from uuid import UUID

from django.db import transaction

from chat.conversations.copying import copy_contents
from chat.conversations.quota import check_space
from chat.models import Conversation, Message, Reply
from chat.models.conversation import ONE_STEP

NUMBER = re.compile(r" \((\d{1,4})\)$", re.ASCII)
MAX_NAME_CHARACTERS = 190  # the column has 200: some are for a number
BATCH_SIZE = 50  # messages in memory at a time: an answer may have hundreds of kilobytes

# Fields that a copied reply does not take over: it cost nothing, and no process is making it.
RESET_FIELDS = {
    **dict.fromkeys(("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "cache_write_tokens")),
    **dict.fromkeys(("cost", "cost_details", "estimated_cost", "request", "continues", "side_by_side")),
    **{"worker": "", "lease_until": None, "stop_requested_at": None, "decisions": None},
    **{"generation_id": "", "is_copy": True},
}


@transaction.atomic
def fork(message: Message) -> Conversation | None:
    """Copy the path up to and including `message` into a new chat; None when it was deleted meanwhile.

    Leaves out deleted messages and a running answer. A deleted question is copied, empty, when its answer is, because
    each answer needs a question. Raises OutOfSpace; the copy is counted with the size of the whole chat.
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
        settings=old.settings,
        is_temporary=old.is_temporary,
        branched_from=message.id,
        text_characters=old.text_characters,
    )
    ids = _ids_to_copy(old, tree.path_to(message.id))
    last: Message | None = None
    for begin in range(0, len(ids), BATCH_SIZE):
        last = _copy_messages(old.messages_at(ids[begin : begin + BATCH_SIZE], "reply"), new, last)
        time.sleep(0)  # let other greenlets run
    return new


def _next_title(old: Conversation) -> str:
    """The same title with the next free number, like "Bread (2)"."""
    counted = NUMBER.search(old.title)
    name = (old.title[: counted.start()] if counted else old.title)[:MAX_NAME_CHARACTERS]
    same = Conversation.objects.filter(user=old.user_id, title__startswith=f"{name} (").values_list("title", flat=True)
    numbers = [int(match[1]) for title in same if (match := NUMBER.search(title)) and title[: match.start()] == name]
    return f"{name} ({max([1, *numbers]) + 1})"


def _ids_to_copy(old: Conversation, path: list[UUID]) -> list[UUID]:
    rows = old.messages.filter(id__in=path).values_list("id", "deleted_at", "reply__state")
    facts: dict[UUID, tuple[bool, str | None]] = {id_: (at is not None, state) for id_, at, state in rows}
    copied: list[UUID] = []
    is_answered = False
    for id_ in reversed(path):
        is_deleted, state = facts[id_]
        is_copied = state not in Reply.RUNNING and (not is_deleted or (state is None and is_answered))
        is_answered = is_copied and state is not None
        copied += [id_] if is_copied else []
    return copied[::-1]


def _copy_messages(messages: list[Message], new: Conversation, parent: Message | None) -> Message | None:
    """Copy the messages as a chain below `parent`; return the last copy."""
    copies: dict[UUID, Message] = {}
    for each in messages:
        copies[each.id] = parent = Message(
            conversation=new,
            parent=parent,
            role=each.role,
            text=each.text,
            web=each.web,
            created_at=max(each.created_at, parent.created_at + ONE_STEP) if parent else each.created_at,
            deleted_at=each.deleted_at,
        )
    Message.objects.bulk_create(copies.values())
    copy_contents(copies)
    answers = [each for each in messages if each.role == Message.Role.ASSISTANT]
    Reply.objects.bulk_create(_copy_reply(each.reply, copies[each.id]) for each in answers)
    return parent


def _copy_reply(reply: Reply, copy: Message) -> Reply:
    for name, value in RESET_FIELDS.items():
        setattr(reply, name, value)
    reply.pk, reply.message, reply._state.adding = uuid.uuid4(), copy, True
    return reply
