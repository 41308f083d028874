"""The running cost of an answer, beside its Stop: an estimate, which the exact cost replaces at the end."""

import time
from decimal import Decimal
from typing import Protocol

from django.db import close_old_connections
from django.template.loader import render_to_string

from chat.catalogue.token_calibration import tokens_of_prompt
from chat.conversations.token_count import tokens_to_ask
from chat.conversations.token_estimate import Prompt
from chat.models import Reply
from chat.replies.running_cost import Written
from chat.streaming import sse

FIRST_SECONDS = 3.0  # of content; of short answers the cost comes soon enough
PAUSE_SECONDS = 2.0
LEAST_DOLLARS = Decimal("0.001")


class Source(Protocol):
    """What is running: a `LiveReply` or a `StoredReply`."""

    written: Written

    @property
    def prompt(self) -> Prompt | None: ...


class CostSoFar:
    """Says now and then what a reply has come to, to one page."""

    def __init__(self, reply: Reply, source: Source) -> None:
        self._reply, self._source = reply, source
        self._due_at: float | None = None  # time.monotonic(); None before there is content
        self._said: Decimal | None = None
        self._prompt_tokens: int | None = None

    def partial(self) -> str | None:
        """A partial with the cost, if it is time for one and the cost is another."""
        if self._source.written.is_empty or not self._is_due():
            return None
        cost = self._cost()
        if cost is None or cost < LEAST_DOLLARS or cost == self._said:
            return None
        self._said = cost
        words = render_to_string("messages/_cost_so_far.html", {"cost": cost})
        return sse.partial(f"so-far-{self._reply.pk}", words.strip())

    def _is_due(self) -> bool:
        now = time.monotonic()
        self._due_at = self._due_at or now + FIRST_SECONDS
        if now < self._due_at:
            return False
        self._due_at = now + PAUSE_SECONDS
        return True

    def _cost(self) -> Decimal | None:
        prompt = self._source.prompt
        return self._source.written.cost(self._reply.model, self._read(), prompt.images if prompt else 0)

    def _read(self) -> int:
        """The tokens of the prompt."""
        if prompt := self._source.prompt:
            return tokens_of_prompt(self._reply.model, prompt.text_tokens, prompt.images)
        if self._prompt_tokens is None:
            question = self._reply.message.parent
            self._prompt_tokens = tokens_to_ask(question, self._reply.model) if question else 0
            close_old_connections()
        return self._prompt_tokens
