"""Counts the tokens of a chat: each further message sends all of them to the model again."""

from collections.abc import Mapping
from typing import Any

from chat.models import Conversation, Message, Reply

CHARACTERS_PER_TOKEN = 4


def tokens_after(reply: Reply) -> int | None:
    """The tokens up to and including this reply, without its reasoning; None if unknown.

    Where the reasoning is sent again (chat/replies/reasoning_details.py), providers leave most of it out after the next
    question. What they do count is in the `prompt_tokens` of the next reply, and so in all further counts.
    """
    if reply.prompt_tokens is None:
        return None
    return reply.prompt_tokens + (reply.completion_tokens or 0) - (reply.reasoning_tokens or 0)


def tokens_so_far(conversation: Conversation) -> int:
    """The tokens of the chat as counted for its newest reply with usage; else estimated from the texts."""
    if conversation.counted_tokens:
        return conversation.counted_tokens
    return conversation.text_length // CHARACTERS_PER_TOKEN + tokens_of_settings(conversation.settings)


def tokens_of_settings(settings: Mapping[str, Any]) -> int:
    """The estimated tokens of the system prompt, which comes before the first message of a chat."""
    return len(settings.get("system", "")) // CHARACTERS_PER_TOKEN


def tokens_to_ask(message: Message) -> int:
    """The input tokens of a new answer to `message`: those counted for the answer before it, the rest estimated."""
    before = Reply.objects.filter(message=message.parent_id, prompt_tokens__isnull=False).first()
    texts = [message] if before else [*message.conversation.path_to(message), message]
    length = sum(len(each.text) + sum(len(one.text) for one in each.attachments.all()) for each in texts)
    counted = (tokens_after(before) or 0) if before else tokens_of_settings(message.conversation.settings)
    return length // CHARACTERS_PER_TOKEN + counted
