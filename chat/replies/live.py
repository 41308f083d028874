"""A reply while this process makes it: what has come so far, and the readers who wait for more."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from chat.openrouter import Call
from chat.replies.render import (
    REASONING,
    Block,
    Delta,
    Snapshot,
    Typeset,
    as_written,
    aside_if_large,
    chars_in,
    final_blocks,
    joined,
)


class Patience(NamedTuple):
    """For how long nothing has come, in seconds."""

    quiet: float  # nothing of the answer
    silent: float | None  # not a byte from OpenRouter; None where that is not known


@dataclass(eq=False)
class LiveReply:
    reply_id: UUID
    deltas: list[Delta] = field(default_factory=list)
    given: int = 0  # how many of them it began with (chat/replies/continuation.py); the database has them
    stored: int = 0  # how many of the deltas the database has (chat/replies/checkpoint.py)
    pieces: int = 0  # how many rows they are in
    attempted: int = 0  # how many it was to have after a checkpoint that failed
    first_content_at: float | None = None  # time.time()
    first_text_at: float | None = None
    generation_id: str = ""  # OpenRouter's, once it is known
    cut_as: str = ""  # the state it ends in because we cut the line: stopped or interrupted
    has_ended: bool = False
    _content_at: float = field(default_factory=time.monotonic)  # or when it began
    _call: Call | None = None
    _typeset: Typeset = field(default_factory=Typeset)
    _typeset_taken: int | None = 0  # None once the renderer has broken
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _typesetting: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def that_begins_with(cls, reply_id: UUID, given: list[Delta]) -> "LiveReply":
        count = len(given)
        return cls(reply_id, deltas=given, given=count, stored=count, pieces=count)

    # --- for the one who makes it ---

    def attach(self, call: Call) -> None:
        """From here on a stop closes `call`; at once, if it was asked for before the call was there."""
        self._call = call
        if self.cut_as:
            call.cancel()

    def append(self, deltas: Iterable[Delta]) -> None:
        with self._changed:
            self._content_at = time.monotonic()
            for delta in deltas:
                self.deltas.append(delta)
                self.first_content_at = self.first_content_at or time.time()
                if delta.kind != REASONING:
                    self.first_text_at = self.first_text_at or time.time()
            self._changed.notify_all()

    def end(self) -> None:
        """Let the readers go: what they need next is in the database."""
        with self._changed:
            self.has_ended = True
            self._changed.notify_all()

    # --- for everybody ---

    def stop(self) -> None:
        """Somebody has read enough."""
        self._cut("stopped")

    def interrupt(self) -> None:
        """This process has to end."""
        self._cut("interrupted")

    def _cut(self, state: str) -> None:
        self.cut_as = self.cut_as or state
        if self._call:
            self._call.cancel()

    def wait(self, seen: int, timeout_seconds: float) -> int:
        """Wait until more than `seen` deltas have come, or the end; return how many have."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.deltas) - self.given > seen or self.has_ended, timeout_seconds)
            return len(self.deltas) - self.given

    def patience(self) -> Patience:
        return Patience(time.monotonic() - self._content_at, self._call.silent_seconds if self._call else None)

    def shown(self) -> Snapshot:
        """All that has come, typeset: once for all readers, and only when somebody reads."""
        with self._typesetting:
            try:
                return aside_if_large(self._caught_up_and_shown, self._chars_to_read())
            except Exception:
                blocks = as_written(self.deltas)
                return Snapshot(blocks, len(blocks), "", "")

    def final_blocks(self) -> list[Block]:
        with self._typesetting:
            try:
                return aside_if_large(self._caught_up_and_closed, self._chars_to_read())
            except Exception:  # what it has is of no use then: from the beginning, and with care
                return final_blocks(self.deltas)

    def _chars_to_read(self) -> int:
        return chars_in(self.deltas[self._typeset_taken or 0 :]) + self._typeset.open_chars

    def _caught_up_and_shown(self) -> Snapshot:
        self._catch_up()
        return self._typeset.shown()

    def _caught_up_and_closed(self) -> list[Block]:
        self._catch_up()
        self._typeset.close()
        return self._typeset.blocks

    def _catch_up(self) -> None:
        if self._typeset_taken is None:
            raise RuntimeError("Rendering this reply has failed before.")
        begin, end = self._typeset_taken, len(self.deltas)
        self._typeset_taken = None  # until it is through
        for delta in joined(self.deltas[begin:end]):
            self._typeset.feed(delta)
        self._typeset_taken = end


_running: dict[UUID, LiveReply] = {}


def running() -> list[LiveReply]:
    return list(_running.values())


def find(reply_id: UUID) -> LiveReply | None:
    return _running.get(reply_id)


def register(live: LiveReply) -> None:
    _running[live.reply_id] = live


def forget(live: LiveReply) -> None:
    _running.pop(live.reply_id, None)
