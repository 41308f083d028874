"""A title written by a model, for those who want that: asked once, when the first answer of a chat is complete.

The chat's own model writes it: nobody else gets to read the chat, a key that may ask it once may ask it again, and
with a free model the title is free, too. What goes there and what comes back is short: even a dear model costs little.
"""

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections

from chat.background import spawn
from chat.catalogue import cache
from chat.models import Conversation, Reply, TitleBy
from chat.openrouter import OpenRouterError, Text, Usage
from chat.replies.request_body import NoKey, key_for
from chat.replies.sanitize import storable_dollars
from chat.replies.title_cleanup import title_in
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

MOST_CHARACTERS = 1500  # that are read of the question, and of the answer
MOST_TOKENS = 40
MOST_TOKENS_WITH_REASONING = 400  # some models cannot be kept from thinking first
REQUEST = (
    "Write a title for the conversation below: two to six words, in its language, no quotation marks, no full stop. "
    "Answer with the title alone."
)


def write_later(reply_id: UUID) -> None:
    """Begin to ask, if this reply is the first answer of its chat and its owner wants such titles."""
    try:
        is_wanted = _wanting(reply_id) is not None
    except (OperationalError, InterfaceError):
        return
    if is_wanted:
        spawn(f"title-{reply_id}", partial(_write, reply_id))


def _write(reply_id: UUID) -> None:
    try:
        write(reply_id)
    except (OpenRouterError, NoKey) as error:
        logger.info("No AI title for the chat of reply %s: %s", reply_id, getattr(error, "kind", "no key"))


def write(reply_id: UUID) -> None:
    """Ask for the title and store it with its cost; one that a person gave meanwhile stays."""
    reply = _wanting(reply_id)
    if reply is None:
        return
    conversation = reply.message.conversation
    call = openrouter().chat(key_for(conversation.user_id), _body(reply))
    close_old_connections()  # nothing is held while the model thinks
    text, cost = "", None
    for event in call:
        match event:
            case Text(piece):
                text += piece
            case Usage():
                cost = event.cost
    chat = Conversation.with_deleted.filter(pk=conversation.pk)  # it may be wanted back
    chat.update(title_cost=None if cost is None else storable_dollars(cost))
    if title := title_in(text):
        chat.filter(title_by=TitleBy.RULE).update(title=title, title_by=TitleBy.MODEL)


def _wanting(reply_id: UUID) -> Reply | None:
    replies = Reply.objects.select_related("message__conversation", "message__parent")
    reply = replies.filter(
        pk=reply_id,
        state=Reply.State.COMPLETE,
        message__conversation__deleted_at=None,
        message__conversation__is_temporary=False,
        message__conversation__title_by=TitleBy.RULE,
        message__conversation__user__titles_by_model=True,
    ).first()
    return reply if reply and _is_first(reply) else None


def _is_first(reply: Reply) -> bool:
    answers = Reply.objects.filter(message__conversation=reply.message.conversation_id, state=Reply.State.COMPLETE)
    return not answers.exclude(pk=reply.pk).exists()


def _body(reply: Reply) -> dict[str, Any]:
    model = cache.find(reply.model)
    reasons = model is not None and "reasoning" in model.supported_parameters
    question = reply.message.parent.text if reply.message.parent else ""
    said = f"Question:\n{question[:MOST_CHARACTERS]}\n\nAnswer:\n{reply.message.text[:MOST_CHARACTERS]}"
    return {
        "model": reply.model,
        "messages": [{"role": "user", "content": f"{REQUEST}\n\n{said}"}],
        "max_completion_tokens": MOST_TOKENS_WITH_REASONING if reasons else MOST_TOKENS,
        **({"reasoning": {"effort": "minimal", "exclude": True}} if reasons else {}),
    }
