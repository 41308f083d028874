"""Shows as steps what OpenRouter's own tools did for an answer: searches of the web, pages that were opened.

OpenRouter runs them between two parts of the stream. Some answers say what was called and what came of it, in the
details of the reasoning or as a tool call; others only count them in the usage at the end.
"""

from collections.abc import Iterator
from typing import Any

from chat.openrouter import ServerToolCall
from chat.replies.live import LiveReply
from chat.reply_content.deltas import STEP, Delta
from chat.reply_content.rounds import steps_of
from chat.reply_content.steps import Step, StepState
from chat.sanitize import storable
from chat.tools.tool_run import shortened

MAX_ARGUMENT_CHARS = 10_000
WEB_SEARCH = "openrouter:web_search"


class ServerSteps:
    """The steps of one request."""

    def __init__(self, live: LiveReply) -> None:
        self._before = len(steps_of(live.deltas))
        self._numbers: dict[str, int] = {}
        self._count = 0

    def delta(self, call: ServerToolCall) -> Delta:
        """The step for a call, or for its result."""
        return Delta(STEP, self._step(call).as_json())

    def counted(self, cost_details: dict[str, Any] | None) -> Iterator[Delta]:
        """A step for searches that OpenRouter counted, if it named none."""
        searches = (cost_details or {}).get("web_search_requests") or 0
        if searches and not self._count:
            step = Step(self._next_number(), WEB_SEARCH, "", StepState.DONE, is_server_side=True, count=searches)
            yield Delta(STEP, step.as_json())

    def _step(self, call: ServerToolCall) -> Step:
        if call.id not in self._numbers or not call.id:
            self._numbers[call.id] = self._next_number()
        return Step(
            number=self._numbers[call.id],
            call_id=storable(call.id),
            tool=storable(call.name)[:200],
            arguments=storable(call.arguments)[:MAX_ARGUMENT_CHARS],
            state=StepState.RUNNING if call.result is None else StepState.DONE,
            result=shortened(storable(call.result or "")),
            is_server_side=True,
        )

    def _next_number(self) -> int:
        self._count += 1
        return self._before + self._count
