"""The running cost of an answer, beside its Stop: an estimate, which the exact cost replaces at the end."""

import time
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from django.template.loader import render_to_string

from chat.streaming import sse

FIRST_SECONDS = 3.0  # of content; of short answers the cost comes soon enough
PAUSE_SECONDS = 2.0
LEAST_DOLLARS = Decimal("0.001")


class Source(Protocol):
    """What is running: a `LiveReply` or a `StoredReply`."""

    def cost_so_far(self) -> Decimal | None: ...


class CostSoFar:
    """Says now and then what a reply has come to, to one page."""

    def __init__(self, reply_id: UUID, source: Source) -> None:
        self._reply_id, self._source = reply_id, source
        self._due_at: float | None = None  # time.monotonic(); None before there is content
        self._said: Decimal | None = None

    def partial(self) -> str | None:
        """A partial with the cost, if it is time for one and the cost is another."""
        if not self._is_due():
            return None
        cost = self._source.cost_so_far()
        if cost is None or cost < LEAST_DOLLARS or cost == self._said:
            return None
        self._said = cost
        words = render_to_string("messages/_cost_so_far.html", {"cost": cost})
        return sse.partial(f"so-far-{self._reply_id}", words.strip())

    def _is_due(self) -> bool:
        now = time.monotonic()
        if self._due_at is None and self._source.cost_so_far() is not None:
            self._due_at = now + FIRST_SECONDS
        if self._due_at is None or now < self._due_at:
            return False
        self._due_at = now + PAUSE_SECONDS
        return True
