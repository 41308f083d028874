"""Deleting one message: what it said goes for good; that there was one, and what it cost, stays."""

from django.db import transaction
from django.utils import timezone

from chat.conversations.models import Conversation, Message
from chat.conversations.storage import remove_unused
from chat.replies.models import Reply

# Without a worker nobody brings it back: a maker that was only taken for dead would (chat/replies/finish.py).
LEFT_OF_A_REPLY = {
    **{"reasoning": "", "blocks": [], "citations": [], "error_message": "", "error_details": {}},
    **{"worker": "", "finish_reason": ""},
}


@transaction.atomic
def erase(message: Message) -> bool:
    """False while the answer is being made: it has to be stopped first."""
    reply = Reply.objects.select_for_update().filter(message=message).first()
    if reply and reply.is_running:
        return False
    Conversation.held(message.conversation_id)  # nobody copies it meanwhile
    pictures = set(message.pictures_in_order.values_list("picture", flat=True))
    message.pictures_in_order.all().delete()
    message.attachments.all().delete()
    Reply.objects.filter(message=message).update(**LEFT_OF_A_REPLY)
    Message.objects.filter(pk=message.pk).update(text="", deleted_at=timezone.now())
    remove_unused(message.conversation.user_id, among=pictures)
    return True
