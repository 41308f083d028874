"""The same things beside another message."""

from chat.conversations.models import Attachment, Message, MessagePicture


def copy_what_belongs_to(message: Message, copy: Message) -> None:
    """Pictures and attachments; `copy` has none yet. The files are shared."""
    MessagePicture.objects.bulk_create(
        MessagePicture(
            message=copy, picture_id=place.picture_id, position=place.position, is_sent_along=place.is_sent_along
        )
        for place in message.pictures_in_order.all()
    )
    Attachment.objects.bulk_create(
        Attachment(message=copy, position=each.position, name=each.name, text=each.text)
        for each in message.attachments.all()
    )
