"""Copies the images, files and attachments of messages to copies of those messages."""

from collections.abc import Mapping
from uuid import UUID

from chat.files.storage import lock_files
from chat.images.storage import lock_images
from chat.models import Attachment, File, Image, Message, MessageFile, MessageImage


def copy_contents(copies: Mapping[UUID, Message]) -> None:
    """Give the `copies` of messages, by the ids of the originals, the same images, files and attachments.

    What is in the storage is shared, so this locks it until the transaction ends. Raises ImageRefused when an image or
    a file was deleted.
    """
    lock_images(Image.objects.filter(places__message__in=list(copies)))
    lock_files(File.objects.filter(places__message__in=list(copies)))
    MessageImage.objects.bulk_create(
        MessageImage(
            message=copies[place.message_id],
            image_id=place.image_id,
            position=place.position,
            is_sent_along=place.is_sent_along,
        )
        for place in MessageImage.objects.filter(message__in=list(copies))
    )
    MessageFile.objects.bulk_create(
        MessageFile(
            message=copies[place.message_id],
            file_id=place.file_id,
            address=place.address,
            name=place.name,
            position=place.position,
            is_sent_along=place.is_sent_along,
        )
        for place in MessageFile.objects.filter(message__in=list(copies))
    )
    Attachment.objects.bulk_create(
        Attachment(message=copies[each.message_id], position=each.position, name=each.name, text=each.text)
        for each in Attachment.objects.filter(message__in=list(copies))
    )
