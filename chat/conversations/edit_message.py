"""Editing a message: a new text in place of the old one, for which no model is asked."""

from django.db.models import F
from django.utils import timezone

from chat.conversations.quota import check_space
from chat.models import Conversation, Message


def edit_message(message: Message, text: str) -> bool:
    """Save `text` if it differs; False if the message was deleted meanwhile. Raises OutOfSpace."""
    if text == message.text:
        return True
    more = len(text) - len(message.text)
    check_space(message.conversation.user_id, for_characters=more)
    message.text, message.edited_at = text, timezone.now()
    if not Message.objects.filter(pk=message.pk, deleted_at=None).update(text=text, edited_at=message.edited_at):
        return False
    conversation = Conversation.objects.filter(pk=message.conversation_id)
    conversation.update(text_characters=F("text_characters") + more)
    return True
