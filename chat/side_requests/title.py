"""Asks a model to write a chat's title, for users who turned this on: once, when the first answer is complete.

The chat's own model writes it: no other provider gets to read the chat, the key is known to work with it, and with a
free model the title is free, too. Request and answer are short, so that it costs little even with an expensive model.
"""

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections, transaction

from chat.accounts.user_key import NoKey, key_for
from chat.background import spawn
from chat.catalogue import cache
from chat.model_request.common_fields import model_field
from chat.models import Charge, Conversation, Reply, TitleBy
from chat.openrouter import OpenRouterError, Started, Text, Usage
from chat.side_requests.title_cleanup import extract_title
from chat.spending.ledger import pending_charge
from chat.spending.limits import OverLimit, Request, reserve
from chat.spending.reserve import reserved_by_running
from chat.spending.settle import note_generation, settle
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

MAX_EXCERPT_CHARACTERS = 1500  # of the question, and of the answer
MAX_TOKENS = 40
MAX_TOKENS_WITH_REASONING = 400  # some models cannot turn reasoning off
PROMPT = (
    "Write a title for the conversation below: two to six words, in its language, no quotation marks, no full stop. "
    "Answer with the title alone."
)


def request_title_later(reply: Reply) -> None:
    """Request a title in a thread, if this reply is the first complete answer of its chat and the user wants titles.

    `reply` is as it was when the answer began: where it rules out a title, nothing is asked.
    """
    conversation, reply_id = reply.message.conversation, reply.pk
    if not conversation.user.titles_by_model or conversation.title_by != TitleBy.RULE:
        return
    try:
        is_wanted = _reply_to_title(reply_id) is not None
    except (OperationalError, InterfaceError):
        return
    if is_wanted:
        spawn(f"title-{reply_id}", partial(_request_title_and_log, reply_id))


def _request_title_and_log(reply_id: UUID) -> None:
    try:
        request_title(reply_id)
    except (OpenRouterError, NoKey, OverLimit) as error:
        logger.info("No AI title for the chat of reply %s: %s", reply_id, getattr(error, "kind", type(error).__name__))


def request_title(reply_id: UUID) -> None:
    """Ask the model for a title and store it with its cost. A title that the user typed meanwhile stays.

    Raises OpenRouterError, NoKey, and OverLimit if a spending limit of the user leaves too little.
    """
    reply = _reply_to_title(reply_id)
    if reply is None:
        return
    conversation, body = reply.message.conversation, _body(reply)
    key = key_for(conversation.user)
    charge = _reserve(reply, body)
    call = openrouter().chat(key, body)
    text, usage = "", Usage()
    try:
        for event in call:
            match event:
                case Started():
                    note_generation(charge, event.generation_id)
                    close_old_connections()  # do not hold a database connection while the model writes
                case Text(piece):
                    text += piece
                case Usage():
                    usage = event
    finally:
        _store_cost(charge, usage, call.generation_id)
    if title := extract_title(text):
        rows = Conversation.with_deleted.filter(pk=conversation.pk)  # a deleted chat may be restored
        rows.filter(title_by=TitleBy.RULE).update(title=title, title_by=TitleBy.MODEL)


def _reserve(reply: Reply, body: dict[str, Any]) -> Charge:
    """A row of the ledger with what the title can cost at most. Raises OverLimit."""
    conversation = reply.message.conversation
    characters = sum(len(message["content"]) for message in body["messages"])
    with transaction.atomic():
        running = reserved_by_running(conversation.user_id)
        request = Request([reply.model], characters // 2, body["max_completion_tokens"])
        (reservation,) = reserve(conversation.user, [request], running=running)
        if reservation.is_shortened:
            raise OverLimit
        charge = pending_charge(
            conversation.user_id,
            Charge.Kind.TITLE,
            reply.model,
            conversation=conversation.pk,
            estimate=reservation.dollars,
        )
        charge.save(force_insert=True)
        return charge


def _store_cost(charge: Charge, usage: Usage, generation_id: str | None) -> None:
    """Write what the title cost; nothing if OpenRouter refused the request."""
    if not generation_id:
        Charge.objects.filter(pk=charge.pk).delete()
        return
    settle(
        charge,
        cost=usage.cost,
        generation_id=generation_id,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
    )


def _reply_to_title(reply_id: UUID) -> Reply | None:
    """The reply, if its chat should get a title from a model; else None."""
    replies = Reply.objects.select_related("message__conversation", "message__parent")
    reply = replies.filter(
        pk=reply_id,
        state=Reply.State.COMPLETE,
        message__conversation__deleted_at=None,
        message__conversation__is_temporary=False,
        message__conversation__title_by=TitleBy.RULE,
        message__conversation__user__titles_by_model=True,
    ).first()
    return reply if reply and _is_first(reply) and _writes_text(reply.model) else None


def _writes_text(model_id: str) -> bool:
    """False for a model that would answer with an image, which costs more than a title is worth."""
    model = cache.find(model_id)
    return model is None or not model.output_modalities or model.writes_text


def _is_first(reply: Reply) -> bool:
    answers = Reply.objects.filter(message__conversation=reply.message.conversation_id, state=Reply.State.COMPLETE)
    return not answers.exclude(pk=reply.pk).exists()


def _body(reply: Reply) -> dict[str, Any]:
    model = cache.find(reply.model)
    reasons = model is not None and "reasoning" in model.supported_parameters
    question = reply.message.parent.text if reply.message.parent else ""
    excerpt = (
        f"Question:\n{question[:MAX_EXCERPT_CHARACTERS]}\n\nAnswer:\n{reply.message.text[:MAX_EXCERPT_CHARACTERS]}"
    )
    return {
        **model_field(reply.model),
        "messages": [{"role": "user", "content": f"{PROMPT}\n\n{excerpt}"}],
        "max_completion_tokens": MAX_TOKENS_WITH_REASONING if reasons else MAX_TOKENS,
        **({"reasoning": {"effort": "minimal", "exclude": True}} if reasons else {}),
    }
