"""Runs the tools that a model calls during a reply, after the person has allowed those that ask.

Each change of a call is a step in the deltas of the reply. A tool that may change something runs only when the database
says that it is running: if this process dies then, the person is asked before it runs again.
"""

import time
from collections.abc import Iterable
from functools import partial

from django.db import close_old_connections

from chat.background import spawn
from chat.models import Conversation, Decision, Reply
from chat.openrouter import ToolCall
from chat.replies import checkpoint
from chat.replies.database_wait import with_database
from chat.replies.live import LiveReply
from chat.reply_content.deltas import STEP, Delta
from chat.reply_content.rounds import REFUSED, open_steps, steps_of
from chat.reply_content.steps import Step, StepState
from chat.sanitize import storable
from chat.tools.tool import Permission, Tool, ToolFailed
from chat.tools.tool_run import ToolRun, arguments_of, store_images

MAX_STEPS = 50  # of one answer
MAX_ARGUMENT_CHARS = 100_000  # of one call
ALL_SECONDS = 300.0  # for all calls of an answer, without the time that the person takes
CONSENT_SECONDS = 60 * 60.0  # how long an answer waits for the person; then it ends, and can be continued


class ToolRuns:
    """The tool calls of one reply."""

    def __init__(self, reply: Reply, live: LiveReply, tools: Iterable[Tool]) -> None:
        self._reply, self._live = reply, live
        self._tools = {tool.name: tool for tool in tools}
        self._spent_seconds = 0.0

    @property
    def has_tools(self) -> bool:
        """Whether the model was offered any: calls of others are noise, and providers refuse their results."""
        return bool(self._tools)

    @property
    def is_time_over(self) -> bool:
        return self._spent_seconds > ALL_SECONDS

    def begin(self, calls: Iterable[ToolCall]) -> list[Delta]:
        """The steps for calls that the model has just made."""
        first = len(steps_of(self._live.deltas)) + 1
        steps = [self._new_step(number, call) for number, call in enumerate(calls, start=first)]
        return [_delta(step) for step in steps]

    def finish_open(self) -> bool:
        """Run all calls that have not ended. False if one could not, because the reply was cancelled meanwhile."""
        steps = open_steps(self._live.deltas)
        if not steps:
            return True
        self._append(again for step in steps if (again := self._again(step)) != step)
        running: dict[int, ToolRun] = {}
        give_up_at = time.monotonic() + CONSENT_SECONDS
        while (steps := open_steps(self._live.deltas)) and not self._live.cancelled_as:
            self._take_decisions(steps)
            steps = open_steps(self._live.deltas)
            for step in steps:
                if step.state == StepState.RUNNING and step.number not in running:
                    running[step.number] = self._start(step)
            if steps:
                self._store_if_asked(steps)
                self._wait(running, give_up_at)
            self._append(filter(None, (run.ended() for run in running.values())))
            if time.monotonic() > give_up_at:
                self._live.stop()
        self._live.detach_tools()
        self._spent_seconds += max((run.seconds for run in running.values()), default=0.0)
        return not self._live.cancelled_as

    # --- What happens to a call ---

    def _new_step(self, number: int, call: ToolCall) -> Step:
        tool = self._tools.get(call.name)
        step = Step(
            number=number,
            call_id=storable(call.id),
            tool=storable(call.name)[:200],
            title=tool.title if tool else "",
            source=tool.source if tool else "",
            arguments=storable(call.arguments)[:MAX_ARGUMENT_CHARS],
            state=StepState.RUNNING,
        )
        if problem := self._problem_of(number, call, tool):
            return step.changed(StepState.FAILED, result=problem)
        return _asked(step, tool) if tool and self._must_ask(tool) else step

    def _problem_of(self, number: int, call: ToolCall, tool: Tool | None) -> str:
        """Why the call cannot be run, for the model; "" if it can."""
        if tool is None:
            return f"There is no tool {call.name[:100]!r}. Available tools: {', '.join(self._tools) or 'none'}."
        if number > MAX_STEPS:
            return "Too many calls for one answer. Answer with the results so far."
        if len(call.arguments) > MAX_ARGUMENT_CHARS:
            return f"The arguments are longer than {MAX_ARGUMENT_CHARS} characters."
        try:
            arguments_of(call.arguments)
        except ToolFailed as failure:
            return str(failure)
        return ""

    def _again(self, step: Step) -> Step:
        """A call that another reply has begun: what may have run already runs again only if the person says so."""
        tool = self._tools.get(step.tool)
        if tool is None:
            return step.changed(StepState.FAILED, result="This tool is no longer available.")
        was_cut_off = step.state == StepState.RUNNING and step.number <= self._prefilled and bool(tool.source)
        if was_cut_off or (step.state == StepState.ASKED and self._must_ask(tool)):
            return _asked(step, tool, is_cut_off=was_cut_off)
        return step.changed(StepState.RUNNING)

    @property
    def _prefilled(self) -> int:
        """How many calls are those of the answer that is continued."""
        return len(steps_of(self._live.deltas[: self._live.prefill_count]))

    def _must_ask(self, tool: Tool) -> bool:
        if tool.permission == Permission.ALLOWED:
            return False
        allowed = self._reply.message.conversation.allowed_tools or {}
        return bool(allowed.get(tool.name) != tool.digest)

    def _take_decisions(self, steps: list[Step]) -> None:
        for step in steps:
            decision = self._live.decisions.get(step.number)
            if step.state != StepState.ASKED or decision is None:
                continue
            if decision == Decision.NO:
                self._append([step.changed(StepState.REFUSED, result=REFUSED)])
                continue
            if decision == Decision.CHAT:
                self._allow_in_chat(step)
            self._append([step.changed(StepState.RUNNING, is_cut_off=False)])

    def _allow_in_chat(self, step: Step) -> None:
        """Note it here, too, for the calls that follow in this answer: the view has stored it for the others."""
        conversation = self._reply.message.conversation
        stored = Conversation.with_deleted.filter(pk=conversation.pk).values_list("allowed_tools", flat=True)
        found = with_database(stored.first, self._live)
        close_old_connections()
        conversation.allowed_tools = {**(found or {}), step.tool: step.digest}

    def _start(self, step: Step) -> ToolRun:
        tool = self._tools[step.tool]
        run = ToolRun(step, self._live.notify)
        if tool.source and not checkpoint.store_now(self._live):
            run.fail("Stopped.")
            return run
        self._live.attach_tool(run)
        owner = self._reply.message.conversation.user_id
        spawn(f"tool {step.tool}", partial(run.run, tool, partial(store_images, owner=owner)))
        return run

    def _store_if_asked(self, steps: list[Step]) -> None:
        """Let the question outlive this process: the person may take long to answer it."""
        is_asked = any(step.state == StepState.ASKED for step in steps)
        if is_asked and self._live.stored_count < len(self._live.deltas):
            checkpoint.store_now(self._live)

    def _wait(self, running: dict[int, ToolRun], give_up_at: float) -> None:
        """Wait until a tool has ended or the person has decided something, but not beyond a time limit."""
        ends = [run.ends_at for run in running.values() if not run.is_reported]
        asked = [step.number for step in open_steps(self._live.deltas) if step.state == StepState.ASKED]

        def has_news() -> bool:
            is_decided = any(number in self._live.decisions for number in asked)
            return is_decided or any(run.has_ended and not run.is_reported for run in running.values())

        self._live.waits_for_person = bool(asked) and all(run.has_ended for run in running.values())
        timeout = min([give_up_at, *ends]) - time.monotonic()
        close_old_connections()  # do not hold a database connection while waiting, for up to an hour
        self._live.wait_for_tools(has_news, max(timeout, 0))
        for run in running.values():
            run.check_time()

    def _append(self, steps: Iterable[Step]) -> None:
        if deltas := [_delta(step) for step in steps]:
            self._live.append(deltas)


def _asked(step: Step, tool: Tool, *, is_cut_off: bool = False) -> Step:
    """The call with what the person sees of the tool; consent is to this version of it, whatever it is afterwards."""
    seen = {"title": tool.title, "source": tool.source, "digest": tool.digest}
    return step.changed(StepState.ASKED, is_cut_off=is_cut_off, **seen)


def _delta(step: Step) -> Delta:
    return Delta(STEP, step.as_json())
