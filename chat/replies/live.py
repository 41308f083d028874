"""Replies that this process is making: the deltas received so far, and a way to wait for more.

One thread appends to a `LiveReply`; the threads of its readers, the checkpoints and Stop use it at the same time.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, Protocol
from uuid import UUID

from chat.catalogue.token_calibration import tokens_of_prompt
from chat.conversations.token_estimate import Prompt
from chat.replies.running_cost import Written
from chat.reply_content.deltas import IMAGE, TEXT, Delta, count_chars, merge_deltas
from chat.reply_content.render import (
    Block,
    ReplyRenderer,
    Snapshot,
    offload_if_large,
    plain_blocks,
    render_final_blocks,
)


class IdleSeconds(NamedTuple):
    """How long a running reply has received nothing."""

    content: float  # nothing of the answer; negative while it pauses: until it asks again
    transport: float | None  # not a byte from OpenRouter; None where that is not known


class Cancellable(Protocol):
    """What a reply waits for: a request to OpenRouter, or a tool."""

    def cancel(self) -> None: ...


class Request(Cancellable, Protocol):
    @property
    def silent_seconds(self) -> float: ...


@dataclass(eq=False)
class LiveReply:
    """A reply in the making. The counts are numbers of deltas, except `piece_count`."""

    reply_id: UUID
    deltas: list[Delta] = field(default_factory=list)
    prefill_count: int = 0  # deltas of the answer that it continues (chat/new_replies/continuation.py); all stored
    stored_count: int = 0  # deltas that are in the database (chat/replies/checkpoint.py)
    piece_count: int = 0  # rows that these are stored in
    attempted_count: int = 0  # what `stored_count` was to be after a checkpoint that failed; 0 if it did not
    first_content_at: float | None = None  # time.time()
    first_text_at: float | None = None
    generation_id: str = ""  # OpenRouter's, of the newest request, once it is known
    stored_generation_id: str = ""  # what a checkpoint has stored of it
    earlier_cost: Decimal | None = Decimal(0)  # US dollars, of the requests before the newest one; None if unknown
    request_begin: int = 0  # deltas when the newest request was sent
    model: str = ""  # the one that is asked
    prompt: Prompt | None = None  # what its request sends, once that is known
    is_comparable: bool = False  # whether its prompt is all that the model counts
    written: Written = field(default_factory=Written)  # without what it continues
    sends_details: bool = False  # whether its request has the reasoning of earlier answers
    cancelled_as: str = ""  # the state to end in because this process cancelled it: stopped or interrupted
    has_ended: bool = False
    is_running_tools: bool = False  # or waits for the person to allow it
    waits_for_person: bool = False  # and for nothing else
    decisions: dict[int, str] = field(default_factory=dict)  # of the person, by the numbers of steps
    resumes_at: float | None = None  # time.time(); while it pauses (chat/replies/budget_wait.py): when it asks again
    _last_content_at: float = field(default_factory=time.monotonic)  # time.monotonic(); at first when the reply began
    _call: Request | None = None
    _tools: list[Cancellable] = field(default_factory=list)  # of which some run
    _renderer: ReplyRenderer = field(default_factory=ReplyRenderer)
    _rendered_count: int | None = 0  # deltas that the renderer got; None once it has raised
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _render_lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def with_prefill(cls, reply_id: UUID, deltas: list[Delta], model: str = "") -> "LiveReply":
        """A reply that begins with `deltas` of the answer that it continues, each stored as one piece."""
        count = len(deltas)
        return cls(reply_id, model=model, deltas=deltas, prefill_count=count, stored_count=count, piece_count=count)

    # --- For the thread that makes it ---

    def attach(self, call: Request) -> None:
        """Let `stop` and `interrupt` cancel `call`; at once, if one of them was called before."""
        self._call = call
        self.request_begin = len(self.deltas)
        if self.cancelled_as:
            call.cancel()

    def attach_tool(self, tool: Cancellable) -> None:
        """Let `stop` and `interrupt` cancel a tool, too, until `detach_tools`."""
        self._tools.append(tool)
        if self.cancelled_as:
            tool.cancel()

    def wait_for_tools(self, is_over: Callable[[], bool], timeout_seconds: float) -> None:
        """Wait until `is_over` says so, or the reply is cancelled. `notify` makes it look."""
        with self._changed:
            self.is_running_tools = True
            self._changed.wait_for(lambda: self.cancelled_as or is_over(), timeout_seconds)
            self.is_running_tools, self._last_content_at = False, time.monotonic()
            self.waits_for_person = False

    def detach_tools(self) -> None:
        """Forget the tools that were attached: all of them have ended, or were cancelled."""
        self._tools = []

    def end_round(self, cost: Decimal | None) -> None:
        """Count from zero again what is written: the request that brought it has ended, and cost so much."""
        self.earlier_cost = None if self.earlier_cost is None or cost is None else self.earlier_cost + cost
        self.written = Written()

    def append(self, deltas: Iterable[Delta]) -> None:
        """Add what the model sent and wake the readers."""
        with self._changed:
            self._last_content_at = time.monotonic()
            for delta in deltas:
                self.deltas.append(delta)
                self.written.add(delta)
                self.first_content_at = self.first_content_at or time.time()
                if delta.kind in (TEXT, IMAGE):
                    self.first_text_at = self.first_text_at or time.time()
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Wait before the next request, and let the readers know; until Stop or `interrupt`, if one of them comes."""
        with self._changed:
            self.resumes_at = time.time() + seconds
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.cancelled_as, seconds)
            self.resumes_at = None
            self._last_content_at = time.monotonic()

    def mark_as_ended(self) -> None:
        """Wake the readers for the last time: the rest of what they need is in the database."""
        with self._changed:
            self.has_ended = True
            self._changed.notify_all()

    # --- For all threads ---

    @property
    def has_new_content(self) -> bool:
        """Whether the newest request has brought any."""
        return len(self.deltas) > max(self.request_begin, self.prefill_count)

    def notify(self) -> None:
        """Let whoever waits look again."""
        with self._changed:
            self._changed.notify_all()

    def decide(self, decisions: dict[int, str]) -> None:
        """Take what the person has decided about tool calls, by the numbers of their steps."""
        with self._changed:
            self.decisions |= decisions
            self._changed.notify_all()

    @property
    def has_pieces(self) -> bool:
        """Whether any of it can be in the database."""
        return bool(self.piece_count or self.attempted_count)

    def stop(self) -> None:
        """Cancel the request because a user pressed Stop."""
        self._cancel("stopped")

    def interrupt(self) -> None:
        """Cancel the request because this process is about to end."""
        self._cancel("interrupted")

    def _cancel(self, state: str) -> None:
        self.cancelled_as = self.cancelled_as or state
        for running in (*filter(None, [self._call]), *self._tools):
            running.cancel()
        with self._changed:
            self._changed.notify_all()  # it may pause

    def wait(self, seen: int, timeout_seconds: float) -> int:
        """Wait for more than `seen` new deltas, not counting the prefill, or the end, or a pause; return how many."""
        with self._changed:
            known = self.resumes_at
            self._changed.wait_for(
                lambda: len(self.deltas) - self.prefill_count > seen or self.has_ended or self.resumes_at != known,
                timeout_seconds,
            )
            return len(self.deltas) - self.prefill_count

    def idle_seconds(self) -> IdleSeconds:
        """How long nothing has come."""
        resumes_at = self.resumes_at
        if self.is_running_tools:
            return IdleSeconds(0, None)
        content = time.time() - resumes_at if resumes_at else time.monotonic() - self._last_content_at
        return IdleSeconds(content, self._call.silent_seconds if self._call else None)

    def cost_so_far(self, counted_prompt_tokens: int | None = None) -> Decimal | None:
        """US dollars, estimated; None before there is content, or where a price is unknown."""
        if self.prompt is None or self.earlier_cost is None or (self.written.is_empty and not self.earlier_cost):
            return None
        if self.written.is_empty:
            return self.earlier_cost
        tokens = counted_prompt_tokens or tokens_of_prompt(self.model, *self.prompt)
        cost = self.written.cost(self.model, tokens, self.prompt.images)
        return None if cost is None else self.earlier_cost + cost

    def snapshot(self) -> Snapshot:
        """Everything received so far, as HTML. Rendered once for all readers, and only when one asks."""
        with self._render_lock:
            try:
                return offload_if_large(self._render_snapshot, self._chars_to_render())
            except Exception:
                blocks = plain_blocks(self.deltas)
                return Snapshot(blocks, len(blocks), "", "")

    def final_blocks(self) -> list[Block]:
        """Everything received, as finished blocks. Call it once, after the last delta."""
        with self._render_lock:
            try:
                return offload_if_large(self._render_final_blocks, self._chars_to_render())
            except Exception:  # the renderer is in an unknown state, so start over with a new one
                return render_final_blocks(self.deltas)

    def _chars_to_render(self) -> int:
        return count_chars(self.deltas[self._rendered_count or 0 :]) + self._renderer.open_chars

    def _render_snapshot(self) -> Snapshot:
        self._feed_renderer()
        return self._renderer.snapshot()

    def _render_final_blocks(self) -> list[Block]:
        self._feed_renderer()
        self._renderer.close()
        return self._renderer.blocks

    def _feed_renderer(self) -> None:
        if self._rendered_count is None:
            raise RuntimeError("Rendering this reply has failed before.")
        begin, end = self._rendered_count, len(self.deltas)
        self._rendered_count = None  # stays so if `feed` raises
        for delta in merge_deltas(self.deltas[begin:end]):
            self._renderer.feed(delta)
        self._rendered_count = end


_running: dict[UUID, LiveReply] = {}


def running() -> list[LiveReply]:
    """All replies that this process is making."""
    return list(_running.values())


def find(reply_id: UUID) -> LiveReply | None:
    """The reply with this id, if this process is making it."""
    return _running.get(reply_id)


def register(reply: LiveReply) -> None:
    """Let `find` and `running` have this reply; it replaces one with the same id."""
    _running[reply.reply_id] = reply


def unregister(reply: LiveReply) -> None:
    """Forget a reply that has ended."""
    _running.pop(reply.reply_id, None)
