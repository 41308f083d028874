"""Replies that this process is making: the deltas received so far, and a way to wait for more.

One thread appends to a `LiveReply`; the threads of its readers, the checkpoints and Stop use it at the same time.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from chat.catalogue.token_calibration import tokens_of_prompt
from chat.conversations.token_estimate import Prompt
from chat.openrouter import Call
from chat.replies.render import (
    REASONING,
    Block,
    Delta,
    ReplyRenderer,
    Snapshot,
    count_chars,
    merge_deltas,
    offload_if_large,
    plain_blocks,
    render_final_blocks,
)
from chat.replies.running_cost import Written


class IdleSeconds(NamedTuple):
    """How long a running reply has received nothing."""

    content: float  # nothing of the answer; negative while it pauses: until it asks again
    transport: float | None  # not a byte from OpenRouter; None where that is not known


@dataclass(eq=False)
class LiveReply:
    """A reply in the making. The counts are numbers of deltas, except `piece_count`."""

    reply_id: UUID
    deltas: list[Delta] = field(default_factory=list)
    prefill_count: int = 0  # deltas of the answer that it continues (chat/replies/continuation.py); all stored
    stored_count: int = 0  # deltas that are in the database (chat/replies/checkpoint.py)
    piece_count: int = 0  # rows that these are stored in
    attempted_count: int = 0  # what `stored_count` was to be after a checkpoint that failed; 0 if it did not
    first_content_at: float | None = None  # time.time()
    first_text_at: float | None = None
    generation_id: str = ""  # OpenRouter's, once it is known
    model: str = ""  # the one that is asked
    prompt: Prompt | None = None  # what its request sends, once that is known
    is_comparable: bool = False  # whether its prompt is all that the model counts
    written: Written = field(default_factory=Written)  # without what it continues
    sends_details: bool = False  # whether its request has the reasoning of earlier answers
    cancelled_as: str = ""  # the state to end in because this process cancelled it: stopped or interrupted
    has_ended: bool = False
    resumes_at: float | None = None  # time.time(); while it pauses (chat/replies/budget_wait.py): when it asks again
    _last_content_at: float = field(default_factory=time.monotonic)  # time.monotonic(); at first when the reply began
    _call: Call | None = None
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

    def attach(self, call: Call) -> None:
        """Let `stop` and `interrupt` cancel `call`; at once, if one of them was called before."""
        self._call = call
        if self.cancelled_as:
            call.cancel()

    def append(self, deltas: Iterable[Delta]) -> None:
        """Add what the model sent and wake the readers."""
        with self._changed:
            self._last_content_at = time.monotonic()
            for delta in deltas:
                self.deltas.append(delta)
                self.written.add(delta)
                self.first_content_at = self.first_content_at or time.time()
                if delta.kind != REASONING:
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
        if self._call:
            self._call.cancel()
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
        content = time.time() - resumes_at if resumes_at else time.monotonic() - self._last_content_at
        return IdleSeconds(content, self._call.silent_seconds if self._call else None)

    def cost_so_far(self, counted_prompt_tokens: int | None = None) -> Decimal | None:
        """US dollars, estimated; None before there is content, or where a price is unknown."""
        if self.prompt is None or self.written.is_empty:
            return None
        tokens = counted_prompt_tokens or tokens_of_prompt(self.model, *self.prompt)
        return self.written.cost(self.model, tokens, self.prompt.images)

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
