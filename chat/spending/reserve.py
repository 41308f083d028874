"""Reserves for new replies what they can cost, if their person has limits (chat/spending/limits.py)."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from django.db import close_old_connections, connection, transaction

from chat.catalogue import cache
from chat.catalogue.pseudo_models import NO_MODEL
from chat.catalogue.token_calibration import tokens_per_image
from chat.conversations.files import ReceivedFiles, unread_pages
from chat.conversations.token_count import tokens_to_ask
from chat.conversations.token_estimate import Prompt
from chat.model_request.tools import highest_tool_cost, tokens_of_tools
from chat.models import Conversation, Message, Reply, User
from chat.parameters.request import fallback_models, reads_by_ocr
from chat.spending.limits import Request, Reservation, limits_of, reserve

# More than the estimates, because what they count may have more tokens than usual.
MARGIN = Decimal("1.25")
MAX_TOKENS_PER_BYTE = Decimal("0.5")  # of text in any language
MIN_TOKENS_PER_IMAGE = 2000  # counted for one; more where a model has been seen to make more of it
FRAME_TOKENS = 100  # that models add to the messages


_turns: "WeakValueDictionary[UUID, threading.Lock]" = WeakValueDictionary()


@contextmanager
def users_turn(user_id: UUID) -> Iterator[None]:
    """Let requests of one user in this process wait for each other before they open a transaction and `lock_user`.

    In `lock_user` each of them would wait with a database connection, of which a process has ten on PostgreSQL: nothing
    would be left for other people, or for the checkpoints that keep running replies from being taken for dead.
    """
    turn = _turns.setdefault(user_id, threading.Lock())
    if not turn.acquire(blocking=False):
        close_old_connections()
        turn.acquire()
    try:
        yield
    finally:
        turn.release()


def lock_user(user_id: UUID) -> None:
    """Make requests of one user wait for each other, so that two at once do not both get what is left.

    Before any conversation is locked, as chat/deletion/accounts.py does. On SQLite a transaction locks everything.
    """
    if connection.features.has_select_for_update:
        list(User.objects.select_for_update(no_key=True).filter(pk=user_id).values_list("pk"))


def reserved_by_running(user_id: UUID) -> Decimal:
    """Lock the user, and return the US dollars that are reserved for the user's running replies."""
    lock_user(user_id)
    running = Reply.objects.filter(message__conversation__user=user_id, state__in=Reply.RUNNING)
    return sum((amount or Decimal(0) for amount in running.values_list("reserved", flat=True)), start=Decimal(0))


def reserve_for_question(
    conversation: Conversation,
    max_tokens: dict[str, int],
    *,
    branch: UUID | None,
    texts: Iterable[str],
    images: int,
    files: ReceivedFiles,
    web: bool,
    running: Decimal,
    over_limit: bool,
) -> list[Reservation]:
    """For a new question with these `texts`, that each of the models in `max_tokens` answers. Raises OverLimit.

    It comes at the end of the newest branch, or of the one through the message with the id `branch`.
    """
    user, settings = conversation.user, conversation.settings
    if not limits_of(user):
        return [Reservation(tokens, None) for tokens in max_tokens.values()]
    size = sum(len(text.encode(errors="replace")) for text in texts)
    question = _empty_question(conversation, branch)
    prompt_tokens = _with_margin(max(tokens_to_ask(question, model) for model in max_tokens))
    prompt_tokens += int(size * MAX_TOKENS_PER_BYTE)
    prompt_tokens += _tokens_of_images(images + len(files.addresses), max_tokens) + int(files.tokens * MARGIN)
    prompt_tokens += _most_tokens_of_tools(conversation, max_tokens)
    pages = files.pages + unread_pages(conversation)
    requests = [
        Request(
            models := _models(model, settings),
            prompt_tokens,
            tokens,
            images,
            _by_ocr(pages, models, settings),
            highest_tool_cost(model, settings, web=web),
        )
        for model, tokens in max_tokens.items()
    ]
    return reserve(user, requests, running=running, over_limit=over_limit)


def _empty_question(conversation: Conversation, branch: UUID | None) -> Message:
    """One without content at the end of a branch, not stored, to count what is sent with it."""
    path = [] if conversation._state.adding else conversation.tree().path(branch)
    question = Message(conversation=conversation, parent_id=path[-1] if path else None, role=Message.Role.USER)
    question.has_no("images_in_order", "files_in_order", "attachments")
    return question


def reserve_for_answer(
    question: Message, model: str, max_tokens: int, *, continues: Reply | None, running: Decimal, over_limit: bool
) -> Reservation:
    """For another answer to a question that is stored. Raises OverLimit."""
    user, settings = question.conversation.user, question.conversation.settings
    if not limits_of(user):
        return Reservation(max_tokens, None)
    images = question.images_in_order.count()
    prompt_tokens = _with_margin(tokens_to_ask(question, model)) + _tokens_of_images(images, [model])
    prompt_tokens += _most_tokens_of_tools(question.conversation, [model])
    if continues:
        prompt_tokens += int(len(continues.message.text.encode(errors="replace")) * MAX_TOKENS_PER_BYTE)
    models = _models(model, settings)
    pages = _by_ocr(unread_pages(question.conversation), models, settings)
    tools = highest_tool_cost(model, settings, web=bool(question.web))
    request = Request(models, prompt_tokens, max_tokens, images, pages, tools)
    return reserve(user, [request], running=running, over_limit=over_limit)[0]


def reserve_for_round(reply: Reply, prompt: Prompt, spent: Decimal | None) -> None:
    """Reserve for one more request of a running reply; `spent` is what it has cost so far, None if that is unknown.

    Raises OverLimit. Its answer may be as long as the limits leave then.
    """
    conversation = reply.message.conversation
    user, settings = User.objects.get(pk=conversation.user_id), conversation.settings  # limits may have changed
    if reply.ignores_limits or not limits_of(user):
        return
    tokens = _with_margin(prompt.text_tokens) + _tokens_of_images(prompt.images, [reply.model])
    question = reply.message.parent
    tools = highest_tool_cost(reply.model, settings, web=bool(question and question.web))
    request = Request(_models(reply.model, settings), tokens, reply.max_completion_tokens, prompt.images, tools=tools)
    so_far = spent if spent is not None else reply.reserved or Decimal(0)
    with transaction.atomic():
        running = reserved_by_running(user.pk) - (reply.reserved or Decimal(0))
        (reserved,) = reserve(user, [request], running=running + so_far, of_message=so_far)
        reply.max_completion_tokens = reserved.max_completion_tokens
        reply.reserved = so_far + (reserved.dollars or Decimal(0))
        Reply.objects.filter(pk=reply.pk).update(reserved=reply.reserved)
    close_old_connections()


def _with_margin(tokens: int) -> int:
    return int(tokens * MARGIN) + FRAME_TOKENS


def _tokens_of_images(images: int, models: Iterable[str]) -> int:
    return images * max(MIN_TOKENS_PER_IMAGE, *(_with_margin(tokens_per_image(model)) for model in models))


def _most_tokens_of_tools(conversation: Conversation, models: Iterable[str]) -> int:
    return max(int(tokens_of_tools(conversation, model) * MARGIN) for model in models)


def _by_ocr(pages: int, models: Iterable[str], settings: dict[str, Any]) -> int:
    """Those of the pages that may be read by OCR."""
    return pages if any(reads_by_ocr(settings, cache.find(model)) for model in models) else 0


def _models(model: str, settings: dict[str, Any]) -> list[str]:
    """The models of which one answers."""
    return [model] if model == NO_MODEL else [model, *fallback_models(settings)]
