"""How many tokens a chat has come to: what a model reads again with each further message."""

from django.db.models import Sum
from django.db.models.functions import Length

from chat.models import Attachment, Conversation, Message, Reply

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


def tokens_to_ask(message: Message) -> int:
    """What a model reads when it answers `message` anew: as the answer before it counted, and the message itself."""
    before = Reply.objects.filter(message=message.parent_id, prompt_tokens__isnull=False).first()
    texts = [message] if before else [*message.conversation.path_to(message), message]
    length = sum(len(each.text) + sum(len(one.text) for one in each.attachments.all()) for each in texts)
    return length // CHARACTERS_PER_TOKEN + ((before and tokens_after(before)) or 0)
