"""The same things beside other messages."""

from collections.abc import Mapping
from uuid import UUID

from chat.images.storage import lock_images
from chat.models import Attachment, Image, Message, MessageImage


def copy_what_belongs_to(copies: Mapping[UUID, Message]) -> None:
    """Images and attachments of messages, by their ids, beside their copies, which have none yet.

    The files are shared, so nobody may remove them until the transaction ends. Raises ImageRefused if one is gone.
    """
    lock_images(Image.objects.filter(places__message__in=list(copies)))
    MessageImage.objects.bulk_create(
        MessageImage(
            message=copies[place.message_id],
            image_id=place.image_id,
            position=place.position,
            is_sent_along=place.is_sent_along,
        )
        for place in MessageImage.objects.filter(message__in=list(copies))
    )
    Attachment.objects.bulk_create(
        Attachment(message=copies[each.message_id], position=each.position, name=each.name, text=each.text)
        for each in Attachment.objects.filter(message__in=list(copies))
    )
