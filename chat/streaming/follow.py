"""Streams a reply to one browser as server-sent events, from the first block that the page lacks to the end.

The reply may be made by this process, by another one, or have ended: the browser gets the same events.
"""

import time
from collections.abc import Callable, Generator
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from django.db import close_old_connections

from chat.models import Reply
from chat.replies import lease, live
from chat.replies.generate import FRAME_SECONDS, start
from chat.reply_content.render import Snapshot
from chat.streaming import sse
from chat.streaming.cost_so_far import CostSoFar
from chat.streaming.end_events import end_events
from chat.streaming.page_events import BrowserState
from chat.streaming.stored_reply import StoredReply

HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 2.0  # how often to check, while there is nothing to send, whether the browser has disconnected
TAIL_BYTES_PER_SECOND = 40_000  # large open blocks are sent again less often than small ones
MAX_FRAME_SECONDS = 1.0


class RunningReply(Protocol):
    """The content of a running reply: a `LiveReply` of this process, or a `StoredReply` of another one."""

    @property
    def has_ended(self) -> bool: ...
    @property
    def resumes_at(self) -> float | None: ...
    def wait(self, seen: int, timeout_seconds: float) -> int: ...
    def idle_seconds(self) -> live.IdleSeconds: ...
    def cost_so_far(self) -> Decimal | None: ...
    def snapshot(self) -> Snapshot: ...


def follow(
    reply: Reply, *, after: int, continues: bool = False, has_disconnected: Callable[[], bool] = lambda: False
) -> Generator[bytes]:
    """Yield the events of a reply for a page that has `after` finished blocks. Starts the reply if it is unclaimed.

    `continues` says that the page shows the reply with the text that it was to continue. If the model could not do
    that, the page gets a new article. `has_disconnected` is asked every LOOK_SECONDS, because otherwise a closed
    connection would be noticed only when sending fails.
    """
    continues = continues or reply.has_prefill
    source, reply_id = _open_source(reply, continues), reply.pk
    close_old_connections()  # do not hold a database connection while waiting
    yield sse.PING
    shown: int | None = after
    try:
        if source:
            shown = yield from _live_events(reply_id, source, after, has_disconnected)
        if shown is not None:
            yield from end_events(reply_id, shown, continues)
    except Reply.DoesNotExist:  # the chat was deleted meanwhile
        yield sse.named("done", Reply.State.STOPPED)
    finally:
        close_old_connections()


def _open_source(reply: Reply, continues: bool) -> RunningReply | None:
    """The content of the reply, which is started if no process has it; None when it has ended or been restarted."""
    live_reply = live.find(reply.pk)
    if continues and not (live_reply.prefill_count if live_reply else reply.has_prefill):
        return None
    if live_reply is None and reply.is_running:
        live_reply = start(reply)
    return live_reply or (StoredReply(reply) if reply.is_running else None)


def _live_events(
    reply_id: UUID, source: RunningReply, after: int, has_disconnected: Callable[[], bool]
) -> Generator[bytes, None, int | None]:
    """Yield frames until `source` ends; return how many blocks the page has then, or None to close the stream."""
    browser, cost = BrowserState(reply_id, blocks=after), CostSoFar(reply_id, source)
    seen, announced = 0, None
    last_sign_at = time.monotonic() - source.idle_seconds().content
    while True:
        if source.resumes_at != announced:
            announced, last_sign_at = source.resumes_at, time.monotonic()
            yield sse.quiet(*source.idle_seconds())
        received = source.wait(seen, LOOK_SECONDS)
        if has_disconnected():
            return None
        if lease.is_closed() and isinstance(source, StoredReply):
            return None  # this process is shutting down; the browser reconnects to another one
        if source.has_ended:
            return browser.blocks
        if partial := cost.partial():
            yield sse.message([partial], blocks=browser.blocks)
        if received == seen:
            if time.monotonic() - last_sign_at > HEARTBEAT_SECONDS:
                last_sign_at = time.monotonic()
                yield sse.quiet(*source.idle_seconds())
            continue
        # Counted from the last content, so that a page that connects in a long pause hears of it soon.
        last_sign_at = time.monotonic() - source.idle_seconds().content
        seen = received
        snapshot = source.snapshot()
        yield from browser.update(snapshot)
        tail_seconds = (len(snapshot.answer_tail) + len(snapshot.reasoning_tail)) / TAIL_BYTES_PER_SECOND
        if tail_seconds > FRAME_SECONDS:
            time.sleep(min(tail_seconds, MAX_FRAME_SECONDS))
