"""Deletes one message: its content is removed for good; its place in the chat and its cost stay."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chat.files.storage import remove_unused_files
from chat.images.storage import remove_unused
from chat.models import Conversation, Message, Reply

# With `worker`: else a process that was wrongly taken for dead could store its text again (chat/replies/finish.py).
CLEARED_REPLY_FIELDS = {
    **{"reasoning": "", "blocks": [], "citations": [], "error_message": "", "error_details": {}},
    **{"worker": "", "finish_reason": ""},
    **{
        "reasoning_details": None,
        "file_annotations": None,
        "logprobs": None,
        "logprob_count": None,
        "format_problems": None,
        "request": None,
        "rounds": None,
        "decisions": None,
    },
}


@transaction.atomic
def delete_message(message: Message) -> bool:
    """Delete the content of a message. False while it, or the answer to it, is being made: stop that first."""
    replies = Reply.objects.filter(Q(message=message) | Q(message__parent=message))
    # NO KEY: `continue_reply` holds the chat's lock when it inserts a reference to one of these rows; no deadlock then.
    locked = replies.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("state", flat=True)
    if set(locked) & set(Reply.RUNNING):
        return False
    Conversation.locked(message.conversation_id)  # so that no fork copies the message meanwhile
    if replies.filter(state__in=Reply.RUNNING).exists():  # created before the lock was taken
        return False
    images = set(message.images_in_order.values_list("image", flat=True))
    message.images_in_order.all().delete()
    files = set(message.files_in_order.values_list("file", flat=True)) - {None}
    if message.files_in_order.all().delete()[0]:  # what OpenRouter read in them is stored with answers
        later = Reply.objects.filter(message__conversation=message.conversation_id, file_annotations__isnull=False)
        later.update(file_annotations=None)
    message.attachments.all().delete()
    message.spoken_parts.all().delete()
    Reply.objects.filter(message=message).update(**CLEARED_REPLY_FIELDS)
    Message.objects.filter(pk=message.pk).update(text="", deleted_at=timezone.now())
    remove_unused(message.conversation.user_id, among=images)
    remove_unused_files(message.conversation.user_id, among=files)
    return True
