"""Copies the images and attachments of messages to copies of those messages."""

from collections.abc import Mapping
from uuid import UUID

from chat.images.storage import lock_images
from chat.models import Attachment, Image, Message, MessageImage


def copy_images_and_attachments(copies: Mapping[UUID, Message]) -> None:
    """Give the `copies` of messages, by the ids of the originals, the same images and attachments.

    Image files are shared, so this locks them until the transaction ends. Raises ImageRefused when one was deleted.
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
