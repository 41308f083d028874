"""Tells what of a request a provider has refused, so that it is asked once more without."""

import re

from chat.openrouter import BadRequest, OpenRouterError
from chat.replies.live import LiveReply

# What providers call reasoning details when they refuse them.
NAMES_OF_DETAILS = ("reasoning", "thinking", "thought", "signature", "encrypted")
# OpenAI's words for reasoning that it does not have, with a 404: "Item with id 'rs_1' not found."
MISSING_ITEM = re.compile(r"\bitem with id\b|\brs_\w")


def is_prefill_refused(reply: LiveReply, error: OpenRouterError) -> bool:
    """Whether the provider refused the prefill: a plain 400, before any new content."""
    return bool(reply.prefill_count) and reply.first_content_at is None and error.kind == BadRequest.kind


def are_details_refused(reply: LiveReply, error: OpenRouterError) -> bool:
    """Whether the provider may have refused the reasoning of earlier answers, before any new content.

    That is a plain 400, or any error that names an item of it. Some say nothing but "Provider returned error"; where a
    prefill was sent, too, the details have to be named.
    """
    words = f"{error.message} {error.details.get('provider_message', '')}".lower()
    is_named = any(name in words for name in NAMES_OF_DETAILS)
    is_plain = error.kind == BadRequest.kind and (is_named or not reply.prefill_count)
    return reply.sends_details and reply.first_content_at is None and (is_plain or bool(MISSING_ITEM.search(words)))
