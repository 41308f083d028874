"""Counts the tokens of a chat: each further message sends all of them to the model again."""

from collections.abc import Mapping
from typing import Any

from chat.catalogue.token_calibration import tokens_of_prompt
from chat.conversations.attachments import text_with_attachments
from chat.conversations.token_estimate import MESSAGE_TOKENS, REQUEST_TOKENS, tokens_of
from chat.models import Conversation, Message, Reply

CHARACTERS_PER_TOKEN = 4  # where only the length of a text is known


def tokens_after(reply: Reply) -> int | None:
    """The tokens up to and including this reply, without its reasoning; None if unknown.

    Where the reasoning is sent again (chat/model_request/reasoning_details.py), providers leave most of it out after
    the next question. What they do count is in the `prompt_tokens` of the next reply, and so in all further counts.
    """
    if reply.prompt_tokens is None:
        return None
    prompt_tokens = reply.last_prompt_tokens or reply.prompt_tokens  # `prompt_tokens` is the sum of several requests
    return prompt_tokens + (reply.completion_tokens or 0) - (reply.reasoning_tokens or 0)


def tokens_so_far(conversation: Conversation) -> int:
    """The tokens of the chat as counted for its newest reply with usage; else estimated from its length."""
    if conversation.counted_tokens:
        return conversation.counted_tokens
    return conversation.text_length // CHARACTERS_PER_TOKEN + tokens_of_settings(conversation.settings)


def tokens_of_settings(settings: Mapping[str, Any]) -> int:
    """The estimated tokens of the system prompt, which comes before the first message of a chat."""
    return tokens_of(settings.get("system", ""))


def tokens_to_ask(message: Message, model_id: str) -> int:
    """The input tokens of a new answer to `message`: those counted for the answer before it, the rest estimated."""
    before = Reply.objects.filter(message=message.parent_id, prompt_tokens__isnull=False).first()
    texts = [message] if before else [*message.conversation.path_to(message), message]
    counted = (tokens_after(before) or 0) if before else 0
    system = 0 if before else tokens_of_settings(message.conversation.settings) + REQUEST_TOKENS
    tokens = tokens_of(*map(text_with_attachments, texts)) + MESSAGE_TOKENS * len(texts) + system
    images = sum(place.is_sent_along for each in texts for place in each.images_in_order.all())
    files = sum(place.file.tokens for each in texts for place in each.files_in_order.all() if place.file)
    return counted + tokens_of_prompt(model_id, tokens, images) + files
