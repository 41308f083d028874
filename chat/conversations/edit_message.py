"""Editing a message: a new text in place of the old one, for which no model is asked."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chat.conversations.quota import check_space
from chat.models import Conversation, Message


@transaction.atomic
def edit_message(message: Message, text: str) -> bool:
    """Save `text` if it differs; False if the message was deleted meanwhile. Raises OutOfSpace."""
    Conversation.locked(message.conversation_id)  # so that of two edits the second counts from the text of the first
    row = Message.objects.filter(pk=message.pk, deleted_at=None)
    old = row.values_list("text", flat=True).first()
    if old is None or text == old:
        return old is not None
    more = len(text) - len(old)
    check_space(message.conversation.user_id, for_characters=more)
    message.text, message.edited_at = text, timezone.now()
    row.update(text=text, edited_at=message.edited_at)
    conversation = Conversation.objects.filter(pk=message.conversation_id)
    conversation.update(text_characters=F("text_characters") + more)
    return True
