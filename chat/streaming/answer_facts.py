"""The facts behind the cost of an answer: who answered, tokens, speed, how it ended, and where OpenRouter has more."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from chat.catalogue.picker import name_of
from chat.conversations.token_count import tokens_after
from chat.models import Reply
from chat.streaming.cost_parts import cost_parts

# Of a shorter answer, packets on their way say more than the model.
MIN_TOKENS, MIN_SECONDS = 20, 0.5


class Speed(NamedTuple):
    """How fast a model was; None where it is not known or says nothing."""

    first_token_seconds: float | None  # from the request to the first content, reasoning included
    tokens_per_second: float | None


@dataclass(frozen=True)
class Facts:
    """The line of facts below an answer that has ended. None and "" are unknown, and are not shown."""

    model_name: str
    asked_name: str  # of the model that was asked, if another one answered
    asked_at: datetime
    cost: Decimal | None  # US dollars
    cost_parts: list[str]  # what it consists of, in words
    is_byok: bool  # the provider bills most of it: a cost of zero does not mean that it was free
    estimated_cost: Decimal | None  # where it ended without a cost, which may still be looked up
    seconds: float | None  # from the request to the end
    speed: Speed
    tokens_in: int | None
    tokens_cached: int | None
    tokens_cache_written: int | None
    tokens_out: int | None
    tokens_thinking: int | None
    tokens_after: int | None  # that the next request will have as input from this chat
    provider: str
    finish: str  # in words
    generation_id: str
    logs_url: str  # where its person sees it at OpenRouter
    logprobs_url: str  # of its page, if it has the probabilities of its tokens
    is_copy: bool  # of an answer that was paid for in another chat
    is_cost_looked_up: bool  # after the end, because the stream did not have it

    @property
    def cost_in_digits(self) -> str:
        """The cost in plain digits, for scripts."""
        return "" if self.cost is None else f"{self.cost:f}"


def facts_of(reply: Reply) -> Facts:
    model_name, asked_name = name_of(reply.answered_by or reply.model), name_of(reply.model)
    return Facts(
        model_name=model_name,
        asked_name=asked_name if asked_name != model_name else "",
        asked_at=reply.message.created_at,
        cost=reply.cost,
        cost_parts=cost_parts(reply.cost, reply.cost_details),
        is_byok=bool((reply.cost_details or {}).get("is_byok")),
        estimated_cost=reply.estimated_cost if reply.cost is None else None,
        seconds=_seconds(reply.started_at or reply.asked_at, reply.finished_at),
        speed=speed_of(reply),
        tokens_in=reply.prompt_tokens,
        tokens_cached=reply.cached_tokens,
        tokens_cache_written=reply.cache_write_tokens,
        tokens_out=reply.completion_tokens,
        tokens_thinking=reply.reasoning_tokens,
        tokens_after=tokens_after(reply),
        provider=reply.provider,
        finish=_finish_in_words(reply.finish_reason),
        generation_id=reply.generation_id,
        logs_url=_logs_url(reply.generation_id),
        logprobs_url=reverse("logprobs", args=[reply.pk]) if reply.logprob_count else "",
        is_copy=reply.is_copy,
        is_cost_looked_up=reply.is_cost_looked_up,
    )


def speed_of(reply: Reply) -> Speed:
    """How fast the model was. Only complete answers have a rate: of others, not all tokens that were made arrived.

    A continuation counts from its own first content, as its tokens do. Reasoning that was made but not sent is no part
    of the rate, because it was made before the first content.
    """
    wait = _seconds(reply.started_at or reply.asked_at, reply.first_content_at)
    duration = _seconds(reply.first_content_at, reply.finished_at)
    unseen = 0 if reply.reasoning else reply.reasoning_tokens or 0
    tokens = (reply.completion_tokens or 0) - unseen
    is_measurable = reply.state == Reply.State.COMPLETE and tokens >= MIN_TOKENS and (duration or 0) >= MIN_SECONDS
    return Speed(wait, tokens / duration if is_measurable and duration else None)


def _seconds(begin: datetime | None, end: datetime | None) -> float | None:
    """Seconds between two moments; None if one is unknown, or the clock was set back between them."""
    seconds = (end - begin).total_seconds() if begin and end else 0
    return seconds if seconds > 0 else None


def _finish_in_words(reason: str) -> str:
    words = {
        "stop": _("finished normally"),
        "length": _("reached the length limit"),
        "content_filter": _("ended by a content filter"),
        "tool_calls": _("ended with a tool call"),
    }
    return words.get(reason, reason)


def _logs_url(generation_id: str) -> str:
    """OpenRouter's logs, filtered (OpenRouter docs, "Logs": by generation ID, and filters are part of the URL).

    Not by key, which the docs of the sign-in show, too: each sign-in makes a new key, and this may be of an older one.
    """
    return f"{settings.OPENROUTER_URL}/logs?generation_id={quote(generation_id, safe='')}" if generation_id else ""
