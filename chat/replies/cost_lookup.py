"""Looks up the cost of a reply whose stream ended before OpenRouter sent it: one that was stopped or broke off.

OpenRouter keeps a record of each generation. Right after an answer it is nearly always a 404, so this asks a few times.
Source: OpenRouter docs, "Get a generation".
"""

import logging
from functools import partial
from uuid import UUID

from chat.background import spawn, wait
from chat.models import Reply
from chat.openrouter import OpenRouterError
from chat.replies.sanitize import storable_fields
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

DELAYS_SECONDS = (2, 8, 30, 120)  # before each request; their sum stays within `Reply.COST_LOOKUP`


def look_up_later(reply_id: UUID) -> None:
    """Start asking for the cost, in a thread. It stays unknown if OpenRouter has no record by the last request."""
    if Reply.objects.filter(pk=reply_id, cost=None).exclude(generation_id="").exists():
        spawn(f"cost-lookup-{reply_id}", partial(_look_up_with_retries, reply_id))


def _look_up_with_retries(reply_id: UUID) -> None:
    for delay in DELAYS_SECONDS:
        wait(delay)
        try:
            if look_up(reply_id):
                return
        except OpenRouterError as error:
            logger.info("The cost of reply %s is still unknown: %s", reply_id, error.kind)
        except Exception:
            logger.exception("The cost of reply %s could not be stored", reply_id)


def look_up(reply_id: UUID) -> bool:
    """Ask OpenRouter once what a reply cost and store it; True when there is no reason to ask again.

    Raises OpenRouterError.
    """
    reply = Reply.objects.select_related("message__conversation__user").filter(pk=reply_id, cost=None).first()
    key = reply and reply.message.conversation.user.working_key()
    if not reply or not key:
        return True
    record = openrouter().generation(key, reply.generation_id)
    if record is None or record.total_cost is None:
        return False
    fields = {
        "cost": record.total_cost,
        "prompt_tokens": record.prompt_tokens,
        "completion_tokens": record.completion_tokens,
        "reasoning_tokens": record.reasoning_tokens,
        "cached_tokens": record.cached_tokens,
        "provider": record.provider,
    }
    Reply.objects.filter(pk=reply_id, cost=None).update(is_cost_looked_up=True, **storable_fields(fields))
    return True
