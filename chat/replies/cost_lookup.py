"""What a reply cost whose stream did not say: it was stopped, or broke. OpenRouter's own record has it, a little later.

Source: OpenRouter docs, "Get a generation"; right after an answer it is nearly always 404.
"""

import logging
from functools import partial
from uuid import UUID

from chat.background import spawn, wait
from chat.models import Reply
from chat.openrouter import OpenRouterError
from chat.replies.sanitize import storable_facts
from chat.upstream import openrouter

logger = logging.getLogger(__name__)

PAUSES_SECONDS = (2, 8, 30, 120)  # before each look; all of them within `Reply.COST_LOOKUP`


def look_up_later(reply_id: UUID) -> None:
    """Fill in the cost as soon as it is known; after the last look it stays unknown."""
    if Reply.objects.filter(pk=reply_id, cost=None).exclude(generation_id="").exists():
        spawn(f"cost-lookup-{reply_id}", partial(_look_up, reply_id))


def _look_up(reply_id: UUID) -> None:
    for pause in PAUSES_SECONDS:
        wait(pause)
        try:
            if fill_in(reply_id):
                return
        except OpenRouterError as error:
            logger.info("The cost of reply %s is still unknown: %s", reply_id, error.kind)
        except Exception:
            logger.exception("The cost of reply %s could not be stored", reply_id)


def fill_in(reply_id: UUID) -> bool:
    """Ask OpenRouter what a reply cost and note it; True when there is nothing more to ask."""
    reply = Reply.objects.select_related("message__conversation__user").filter(pk=reply_id, cost=None).first()
    key = reply and reply.message.conversation.user.working_key()
    if not reply or not key:
        return True
    record = openrouter().generation(key, reply.generation_id)
    if record is None or record.total_cost is None:
        return False
    facts = {
        "cost": record.total_cost,
        "prompt_tokens": record.prompt_tokens,
        "completion_tokens": record.completion_tokens,
        "reasoning_tokens": record.reasoning_tokens,
        "cached_tokens": record.cached_tokens,
        "provider": record.provider,
    }
    Reply.objects.filter(pk=reply_id, cost=None).update(is_cost_looked_up=True, **storable_facts(facts))
    return True
