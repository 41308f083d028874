"""Deleting one message: what it said goes for good; that there was one, and what it cost, stays."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chat.images.storage import remove_unused
from chat.models import Conversation, Message, Reply

# Without a worker nobody brings it back: a maker that was only taken for dead would (chat/replies/finish.py).
LEFT_OF_A_REPLY = {
    **{"reasoning": "", "blocks": [], "citations": [], "error_message": "", "error_details": {}},
    **{"worker": "", "finish_reason": ""},
}


@transaction.atomic
def delete_message(message: Message) -> bool:
    """False while the answer is being made, or the one to this question: that has to be stopped first."""
    replies = Reply.objects.filter(Q(message=message) | Q(message__parent=message))
    # Not against who begins one that goes on with it, and holds the chat already.
    locked = replies.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("state", flat=True)
    if set(locked) & set(Reply.RUNNING):
        return False
    Conversation.locked(message.conversation_id)  # nobody copies it meanwhile
    if replies.filter(state__in=Reply.RUNNING).exists():  # it was asked for just now
        return False
    images = set(message.images_in_order.values_list("image", flat=True))
    message.images_in_order.all().delete()
    message.attachments.all().delete()
    Reply.objects.filter(message=message).update(**LEFT_OF_A_REPLY)
    Message.objects.filter(pk=message.pk).update(text="", deleted_at=timezone.now())
    remove_unused(message.conversation.user_id, among=images)
    return True
