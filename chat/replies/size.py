"""How many tokens a chat has come to: what a model reads again with each further message."""

from django.db.models import Sum
from django.db.models.functions import Length

from chat.conversations.models import Attachment, Conversation
from chat.replies.models import Reply

CHARACTERS_PER_TOKEN = 4


def tokens_after(reply: Reply) -> int | None:
    """What a reply has read and written, without its thoughts, which nobody reads again; None when it did not say."""
    if reply.prompt_tokens is None:
        return None
    return reply.prompt_tokens + (reply.completion_tokens or 0) - (reply.reasoning_tokens or 0)


def tokens_so_far(conversation: Conversation) -> int:
    """As the newest reply that said so counted; without one by the length of the texts."""
    counted = Reply.objects.filter(message__conversation=conversation, prompt_tokens__isnull=False)
    latest = counted.defer("blocks", "reasoning").order_by("-asked_at").first()
    if latest and (tokens := tokens_after(latest)):
        return tokens
    attachments = Attachment.objects.filter(message__conversation=conversation)
    lengths = [rows.aggregate(sum=Sum(Length("text")))["sum"] or 0 for rows in (conversation.messages, attachments)]
    return sum(lengths) // CHARACTERS_PER_TOKEN
