"""Lets a reply wait while other answers have reserved the person's credits, and says when it asks again.

OpenRouter reserves the highest cost of each answer until it ends, and refuses what the rest does not cover: 402 with
`limit_source` openrouter_in_flight_budget, which is transient, often with Retry-After (docs, "Limits").
"""

import time
from datetime import UTC, datetime
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils.dateparse import parse_datetime

from chat.models import Reply
from chat.openrouter import InFlightBudget, OpenRouterError
from chat.replies.lease import worker_name
from chat.replies.live import LiveReply

MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0
FIRST_PAUSE_SECONDS = 4.0  # where OpenRouter names none; each further one is twice as long
MAX_PAUSES = 6
MAX_TOTAL_SECONDS = 180.0  # longer than the longest Retry-After that was seen, 120 s
RESUMES_AT = "resumes_at"  # in `Reply.error_details` of a running reply, for other processes


class BudgetWait:
    """The pauses of one reply."""

    def __init__(self) -> None:
        self._pauses: list[float] = []

    def wait_after(self, error: OpenRouterError, reply: LiveReply) -> bool:
        """Wait and return True if the request should be sent again after this error, else return False at once.

        Stop and a shutdown end a pause; the request that follows is then cancelled before it is sent.
        """
        if not _can_help(error, reply):
            return False
        seconds = self._next_pause(error.details)
        if len(self._pauses) >= MAX_PAUSES or sum(self._pauses) + seconds > MAX_TOTAL_SECONDS:
            return False
        self._pauses.append(seconds)
        _store(reply, seconds)
        reply.pause(seconds)
        return True

    def _next_pause(self, details: dict[str, Any]) -> float:
        seconds: float = details.get("retry_after") or FIRST_PAUSE_SECONDS * 2 ** len(self._pauses)
        return min(max(seconds, MIN_PAUSE_SECONDS), MAX_PAUSE_SECONDS)


def _can_help(error: OpenRouterError, reply: LiveReply) -> bool:
    """Whether the credits may be free again later, and nothing of the answer has come that would come twice."""
    return isinstance(error, InFlightBudget) and error.is_transient and not reply.has_new_content


def as_details(resumes_at: float) -> dict[str, str]:
    """What `error_details` of a running reply says while it pauses."""
    return {RESUMES_AT: datetime.fromtimestamp(resumes_at, UTC).isoformat()}


def stored_resumes_at(reply: Reply) -> float | None:
    """When a running reply asks again, as a Unix timestamp, according to the database; None if it does not say."""
    moment = parse_datetime(reply.error_details.get(RESUMES_AT) or "") if reply.is_running else None
    return moment.timestamp() if moment else None


def _store(reply: LiveReply, seconds: float) -> None:
    """Let the pages that other processes serve know. They can do without while the database is away."""
    ours = Reply.objects.filter(pk=reply.reply_id, state__in=Reply.RUNNING, worker=worker_name())
    try:
        ours.update(error_details=as_details(time.time() + seconds))
    except (OperationalError, InterfaceError):
        connection.close()
    close_old_connections()  # do not hold a database connection while waiting
