"""How views get at what belongs to whoever asks. A stranger's id is a 404, and so is what was deleted."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from chat.accounts.signed_in import SignedInRequest
from chat.models import Attachment, Conversation, File, Image, Message, Reply
from chat.models.reply import LARGE_FIELDS_BY_MESSAGE, ReplyQuerySet


def own_conversation(request: SignedInRequest, id_: UUID | None) -> Conversation:
    return get_object_or_404(request.user.conversations, pk=id_)


def own_messages(request: SignedInRequest) -> QuerySet[Message]:
    messages = Message.objects.filter(conversation__user=request.user, conversation__deleted_at=None, deleted_at=None)
    return messages.select_related("conversation", "reply").defer(*LARGE_FIELDS_BY_MESSAGE)


def own_message(request: SignedInRequest, id_: UUID) -> Message:
    """A message in a chat of the person, with its conversation and its reply."""
    return get_object_or_404(own_messages(request), pk=id_)


def own_question(request: SignedInRequest, id_: UUID) -> Message:
    """A message that the person wrote, with its conversation; that of a model is a 404."""
    return get_object_or_404(own_messages(request), pk=id_, role=Message.Role.USER)


def own_replies(request: SignedInRequest) -> ReplyQuerySet:
    return Reply.objects.of(request.user).select_related("message__conversation")


def own_reply(request: SignedInRequest, id_: UUID) -> Reply:
    """A reply in a chat of the person, with its message and its conversation."""
    return get_object_or_404(own_replies(request), pk=id_)


def own_image(request: SignedInRequest, id_: UUID) -> Image:
    return get_object_or_404(request.user.images.visible(), pk=id_)


def own_file(request: SignedInRequest, id_: UUID) -> File:
    return get_object_or_404(request.user.files.visible(), pk=id_)


def own_attachment(request: SignedInRequest, message_id: UUID, position: int) -> Attachment:
    return get_object_or_404(Attachment, message__in=own_messages(request), message=message_id, position=position)
