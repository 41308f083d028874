"""Tells what of a request a provider has refused, so that it is asked once more without."""

from chat.openrouter import BadRequest, OpenRouterError
from chat.replies.live import LiveReply

# What providers call reasoning details when they refuse them.
NAMES_OF_DETAILS = ("reasoning", "thinking", "thought", "signature", "encrypted")


def is_prefill_refused(reply: LiveReply, error: OpenRouterError) -> bool:
    """Whether the provider refused the prefill: a plain 400, before any new content."""
    return bool(reply.prefill_count) and reply.first_content_at is None and error.kind == BadRequest.kind


def are_details_refused(reply: LiveReply, error: OpenRouterError) -> bool:
    """Whether the provider may have refused the reasoning of earlier answers: a plain 400, before any new content.

    Some say nothing but "Provider returned error"; where a prefill was sent, too, the details have to be named.
    """
    words = f"{error.message} {error.details.get('provider_message', '')}".lower()
    is_named = any(name in words for name in NAMES_OF_DETAILS)
    is_plain = reply.first_content_at is None and error.kind == BadRequest.kind
    return reply.sends_details and is_plain and (is_named or not reply.prefill_count)
