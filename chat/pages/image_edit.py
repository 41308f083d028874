"""What the composer holds when somebody edits an image: the image, and a model that accepts and makes images."""

from django.utils.translation import gettext as _

from chat.catalogue import cache
from chat.catalogue.alternatives import image_editor
from chat.catalogue.picker import name_of
from chat.catalogue.pseudo_models import can_be_asked
from chat.models import Conversation, Image, Message, Reply
from chat.pages.composer import Contents


def put_image_to_edit(contents: Contents, image: Image, conversation: Conversation | None) -> None:
    """Put the image into `contents`, with the model that made it unless another one is chosen or does better.

    Where that one does not accept images, a sentence names one that does: nothing else changes which model is paid.
    """
    contents.images, contents.is_edit = [image], True
    maker = _maker_of(image, conversation)
    contents.model = contents.model or _model_for(maker, conversation)
    editor = image_editor(contents.model or maker)
    contents.image_model = editor.id if editor else ""
    chosen = cache.find(contents.model)
    if chosen and not chosen.sees_images:
        contents.error = _refusal(chosen.id, contents.image_model)


def _maker_of(image: Image, conversation: Conversation | None) -> str:
    """The id of the model that made the image; empty for an uploaded one."""
    made = Reply.objects.filter(message__images_in_order__image=image, message__role=Message.Role.ASSISTANT)
    in_chat = made.filter(message__conversation=conversation) if conversation else made
    return in_chat.order_by("-message__created_at").values_list("model", flat=True).first() or ""


def _model_for(maker: str, conversation: Conversation | None) -> str:
    """The id of the maker, or an empty one for the chat's model: if that one can edit images and the maker cannot."""
    current = cache.find(conversation.model) if conversation else None
    known = cache.find(maker)
    if not can_be_asked(maker) or (known and not known.edits_images and current and current.edits_images):
        return ""
    return maker


def _refusal(model_id: str, other_id: str) -> str:
    words = {"model": name_of(model_id), "other": name_of(other_id)}
    if other_id:
        return _("%(model)s doesn't accept images. Choose another model, like %(other)s.") % words
    return _("%(model)s doesn't accept images. Choose another model.") % words
