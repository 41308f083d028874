"""Asking: a question is stored together with the reply that waits to answer it."""

from django.db import transaction
from django.utils import timezone

from chat.conversations.models import Conversation, Message, MessagePicture, Picture
from chat.conversations.titles import title_from
from chat.replies.claim import UNCLAIMED
from chat.replies.models import Reply
from chat.replies.reap import reap
from chat.replies.request import longest_answer
from chat.signin.models import User

MAX_RUNNING_REPLIES = 6  # of one person at a time; each costs the site a thread and the person money


class Busy(Exception):
    """The person has to wait for an answer first; `str()` says which."""


def new_conversation(*, user: User, text: str, model: str) -> Conversation:
    return Conversation(user=user, title=title_from(text), model=model)


def ask(*, conversation: Conversation, text: str, pictures: list[Picture], model: str) -> tuple[Message, Reply]:
    """Store a question and a waiting reply; saves the conversation, which may be new."""
    most = longest_answer(model)  # may look at OpenRouter's list: not inside a transaction
    with transaction.atomic():
        conversation.model = model
        conversation.updated_at = timezone.now()
        conversation.save()
        _refuse_if_busy(conversation)
        path = conversation.path()
        question = Message.objects.create(
            conversation=conversation, parent=path[-1] if path else None, role=Message.Role.USER, text=text
        )
        MessagePicture.objects.bulk_create(
            MessagePicture(message=question, picture=picture, position=position)
            for position, picture in enumerate(pictures)
        )
        return question, _waiting_reply(question, model, most)


def ask_again(reply: Reply, *, model: str, max_completion_tokens: int | None = None) -> Reply:
    """Another try at the question of a reply that ended. The first stays, and is shown if it holds something."""
    most = max_completion_tokens or longest_answer(model)
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update().get(messages__reply=reply)
        _refuse_if_busy(conversation)
        question = reply.message.parent
        assert question is not None  # every reply answers something
        again = _waiting_reply(question, model, most)
        conversation.model = model
        conversation.updated_at = timezone.now()
        conversation.save()
        return again


def _refuse_if_busy(conversation: Conversation) -> None:
    running = Reply.objects.filter(message__conversation__user=conversation.user_id, state__in=Reply.RUNNING)
    reap(running)
    if running.filter(message__conversation=conversation).exists():
        raise Busy("An answer is still being written here. Wait for it, or stop it first.")
    if running.count() >= MAX_RUNNING_REPLIES:
        raise Busy(f"{MAX_RUNNING_REPLIES} of your chats are being answered. Wait for one, or stop one first.")


def _waiting_reply(question: Message, model: str, max_completion_tokens: int) -> Reply:
    answer = Message.objects.create(conversation=question.conversation, parent=question, role=Message.Role.ASSISTANT)
    return Reply.objects.create(
        message=answer,
        model=model,
        max_completion_tokens=max_completion_tokens,
        lease_until=timezone.now() + UNCLAIMED,
    )
