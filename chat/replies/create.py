"""Asking: a question is stored together with the reply that waits to answer it."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.conversations.attachments import ReceivedAttachment, store_attachments
from chat.conversations.copying import copy_what_belongs_to
from chat.conversations.quota import check_space
from chat.conversations.titles import title_from
from chat.images.storage import lock_images
from chat.models import Conversation, Image, Message, MessageImage, Piece, Reply, User
from chat.replies.continuation import pieces_to_begin_with
from chat.replies.lease import UNCLAIMED
from chat.replies.recover import recover
from chat.replies.request_body import longest_answer

MAX_RUNNING_REPLIES = 6  # of one person at a time; each costs the site a thread and the person money


class Busy(Exception):
    """The person has to wait for an answer first; `str()` says which."""


def new_conversation(*, user: User, text: str, model: str) -> Conversation:
    return Conversation(user=user, title=title_from(text), model=model)


def ask(
    *,
    conversation: Conversation,
    text: str,
    images: list[Image],
    model: str,
    attachments: Iterable[ReceivedAttachment] = (),
    branch: UUID | None = None,
    id_: UUID | None = None,
) -> tuple[Message, Reply]:
    """Store a question and a waiting reply; saves the conversation, which may be new.

    It stands at the end of the newest branch, or of the one that leads through the message `branch`.
    Raises Busy, OutOfSpace, ImageRefused when an image was removed while it waited, and IntegrityError when there
    is a message with the id `id_`.
    """
    attached = list(attachments)
    most = longest_answer(model)  # may look at OpenRouter's list: not inside a transaction
    recover(_running(conversation))  # may wait
    with transaction.atomic():
        _lock_person(conversation.user_id)
        characters = len(text) + sum(len(each.text) for each in attached)
        check_space(conversation.user_id, for_characters=characters)
        _choose(conversation, model)
        _is_used(conversation, characters)
        _refuse_if_busy(conversation)
        lock_images(images)
        path = conversation.tree().path(branch)
        question = Message.objects.create(
            id=id_ or uuid4(),
            conversation=conversation,
            parent_id=path[-1] if path else None,
            role=Message.Role.USER,
            text=text,
        )
        MessageImage.objects.bulk_create(
            MessageImage(message=question, image=image, position=position) for position, image in enumerate(images)
        )
        store_attachments(question, attached)
        return question, _waiting_reply(question, model, most)


def ask_edited(question: Message, *, text: str, model: str) -> Reply:
    """Ask another version of `question`, with its images and attachments; both versions stay.

    Raises Busy, OutOfSpace, and ImageRefused when an image was removed just now.
    """
    most = longest_answer(model)
    recover(_running(question.conversation))
    with transaction.atomic():
        conversation = _locked(question)
        _refuse_if_busy(conversation)
        copied = question.attachments.aggregate(total=Sum(Length("text")))["total"] or 0
        check_space(conversation.user_id, for_characters=len(text) + copied)
        version = Message.objects.create(
            conversation=conversation, parent_id=question.parent_id, role=Message.Role.USER, text=text
        )
        copy_what_belongs_to({question.pk: version})
        _choose(conversation, model)
        _is_used(conversation, len(text) + copied)
        return _waiting_reply(version, model, most)


def retry(reply: Reply, *, model: str, max_completion_tokens: int | None = None) -> Reply:
    """Another answer to the question of a reply that ended. Both stay, if the first holds something.

    The chat keeps its model, whichever answers this time: a person chooses that in the field.
    """
    question = reply.message.parent
    assert question is not None  # every reply answers something
    return answer_question(question, model=model, max_completion_tokens=max_completion_tokens)


def answer_question(question: Message, *, model: str, max_completion_tokens: int | None = None) -> Reply:
    most = max_completion_tokens or longest_answer(model)
    recover(_running(question.conversation))
    with transaction.atomic():
        conversation = _locked(question)
        _refuse_if_busy(conversation)
        _is_used(conversation)
        return _waiting_reply(question, model, most)


def continue_reply(reply: Reply, *, max_completion_tokens: int | None = None) -> Reply | None:
    """A reply that goes on where one was cut; None unless that is the newest of its chat."""
    recover(_running(reply.message.conversation))
    with transaction.atomic():
        conversation = _locked(reply.message)
        if not reply.can_be_continued or _is_superseded(reply.message):
            return None
        _refuse_if_busy(conversation)
        question = reply.message.parent
        assert question is not None  # every reply answers something
        going_on = _waiting_reply(question, reply.model, max_completion_tokens or reply.max_completion_tokens)
        going_on.continues, going_on.citations = reply, reply.citations
        going_on.save(update_fields=["continues", "citations"])
        Piece.objects.bulk_create(pieces_to_begin_with(going_on, reply))
        _is_used(conversation)
        return going_on


def _lock_person(user_id: UUID) -> None:
    """Two who ask at once must not both be the last that may. Before any chat, as where a person leaves."""
    list(User.objects.select_for_update(no_key=True).filter(pk=user_id).values_list("pk"))


def _locked(message: Message) -> Conversation:
    _lock_person(message.conversation.user_id)
    conversation = Conversation.locked(message.conversation_id)
    if conversation is None:
        raise Busy(_("This chat was deleted."))
    return conversation


def _choose(conversation: Conversation, model: str) -> None:
    conversation.model = model
    User.objects.filter(pk=conversation.user_id).update(last_model=model)


def _is_used(conversation: Conversation, characters: int = 0) -> None:
    """Saves it with the model that is asked, and so many more characters."""
    conversation.updated_at = timezone.now()
    if conversation._state.adding:
        conversation.text_characters = characters
        conversation.save()
        return
    # Only this: it may have been renamed since it was read, or deleted.
    rows = Conversation.objects.filter(pk=conversation.pk)
    more = F("text_characters") + characters
    if not rows.update(model=conversation.model, updated_at=conversation.updated_at, text_characters=more):
        raise Busy(_("This chat was deleted."))


def _is_superseded(answer: Message) -> bool:
    """By a question that follows it, or by another attempt."""
    newer = Message.objects.filter(parent=answer.parent_id, created_at__gt=answer.created_at)
    return answer.children.exists() or newer.exists()


def _refuse_if_busy(conversation: Conversation) -> None:
    running = _running(conversation)
    if running.filter(message__conversation=conversation).exists():
        raise Busy(_("An answer is still being written in this chat. Wait for it to finish, or stop it first."))
    if running.count() >= MAX_RUNNING_REPLIES:
        raise Busy(
            _("%(count)d of your chats are being answered. Wait for one to finish, or stop one first.")
            % {"count": MAX_RUNNING_REPLIES}
        )


def _running(conversation: Conversation) -> QuerySet[Reply]:
    """All replies that are being made for this person."""
    return Reply.objects.filter(message__conversation__user=conversation.user_id, state__in=Reply.RUNNING)


def _waiting_reply(question: Message, model: str, max_completion_tokens: int) -> Reply:
    answer = Message.objects.create(conversation=question.conversation, parent=question, role=Message.Role.ASSISTANT)
    return Reply.objects.create(
        message=answer,
        model=model,
        max_completion_tokens=max_completion_tokens,
        lease_until=timezone.now() + UNCLAIMED,
    )
