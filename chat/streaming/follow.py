"""Following a reply: what one reader's browser gets, from the block it has to the end.

The reply may be made in this process, in another one, or be over: the reader sees the same events.
"""

import time
from collections.abc import Callable, Generator
from typing import Protocol
from uuid import UUID

from django.db import close_old_connections

from chat.models import Reply
from chat.replies import lease, live
from chat.replies.generate import FRAME_SECONDS, start
from chat.replies.render import (
    Snapshot,
)
from chat.streaming import sse
from chat.streaming.end_events import end_events
from chat.streaming.partials import Screen
from chat.streaming.stored_reply import StoredReply

HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 2.0  # how often a reader is asked whether it is still there while there is nothing to send
TAIL_BYTES_PER_SECOND = 40_000  # a large open block is sent again less often
LONGEST_FRAME_SECONDS = 1.0  # but the end of an answer does not wait for it


class Source(Protocol):
    """Where a running reply's content comes from."""

    @property
    def has_ended(self) -> bool: ...
    def wait(self, seen: int, timeout_seconds: float) -> int: ...
    def idle_seconds(self) -> live.IdleSeconds: ...
    def snapshot(self) -> Snapshot: ...


def follow(
    reply: Reply, *, after: int, continues: bool = False, has_disconnected: Callable[[], bool] = lambda: False
) -> Generator[bytes]:
    """Yield events from the block behind number `after` on. Only a running reply nobody makes yet is begun.

    `continues` tells that the page shows it as going on with an older answer. Should the model not have been able to,
    the page gets its article anew. `has_left` tells whether the browser has hung up: without it only a failing ping
    does.
    """
    continues = continues or bool(reply.continues_id)
    source, reply_id = _source_of(reply, continues), reply.pk
    close_old_connections()  # no connection is held while the reader waits
    yield sse.PING
    shown: int | None = after
    try:
        if source:
            shown = yield from _live_events(reply_id, source, after, has_disconnected)
        if shown is not None:
            yield from end_events(reply_id, shown, continues)
    except Reply.DoesNotExist:  # its chat was deleted meanwhile
        yield sse.named("done", Reply.State.STOPPED)
    finally:
        close_old_connections()


def _source_of(reply: Reply, continues: bool) -> Source | None:
    """Where its content comes from, which may have to be begun here; None when the reply is over, or begun anew."""
    made_here = live.find(reply.pk)
    if continues and not (made_here.prefill_count if made_here else reply.continues_id):
        return None
    if made_here is None and reply.is_running:
        made_here = start(reply)
    return made_here or (StoredReply(reply) if reply.is_running else None)


def _live_events(
    reply_id: UUID, source: Source, after: int, has_disconnected: Callable[[], bool]
) -> Generator[bytes, None, int | None]:
    """Yield frames until the source ends; return how many blocks the reader has then, or None to let it go."""
    screen = Screen(reply_id, blocks=after)
    seen = 0
    told_at = time.monotonic() - source.idle_seconds().content
    while True:
        now_there = source.wait(seen, LOOK_SECONDS)
        if has_disconnected():
            return None
        if lease.is_closed() and isinstance(source, StoredReply):
            return None  # the browser comes back, to a process that stays
        if source.has_ended:
            return screen.blocks
        if now_there == seen:
            if time.monotonic() - told_at > HEARTBEAT_SECONDS:
                told_at = time.monotonic()
                yield sse.quiet(*source.idle_seconds())
            continue
        told_at = time.monotonic() - source.idle_seconds().content  # who comes late is told soon
        seen = now_there
        page = source.snapshot()
        yield from screen.update(page)
        tail_seconds = (len(page.answer_tail) + len(page.reasoning_tail)) / TAIL_BYTES_PER_SECOND
        if tail_seconds > FRAME_SECONDS:
            time.sleep(min(tail_seconds, LONGEST_FRAME_SECONDS))
