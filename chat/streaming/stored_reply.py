"""Follows a reply that another process makes, through the pieces that it stores in the database."""

import time

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from chat.models import Reply
from chat.replies import lease, live
from chat.replies.recover import recover
from chat.replies.render import (
    Delta,
    ReplyRenderer,
    Snapshot,
    count_chars,
    offload_if_large,
)

POLL_SECONDS = 0.5  # how often another process's pieces are looked for; they are written that often


class StoredReply:
    """A reply that another process makes, followed through the pieces that it stores."""

    def __init__(self, reply: Reply) -> None:
        self._reply_id = reply.pk
        self._continues = reply.continues_id
        self._renderer = ReplyRenderer()
        self._pieces = 0
        self._news: list[Delta] = []
        self._last_content_at = time.monotonic()  # or since when we look
        self.has_ended = False

    def wait(self, seen: int, timeout_seconds: float) -> int:
        give_up_at = time.monotonic() + timeout_seconds
        while self._pieces == seen and not (self.has_ended or lease.is_closed()) and time.monotonic() < give_up_at:
            self._look()
            if self._pieces == seen and not self.has_ended:
                time.sleep(POLL_SECONDS)
        return self._pieces

    def idle_seconds(self) -> live.IdleSeconds:
        return live.IdleSeconds(time.monotonic() - self._last_content_at, None)

    def snapshot(self) -> Snapshot:
        return offload_if_large(self._render_snapshot, count_chars(self._news) + self._renderer.open_chars)

    def _render_snapshot(self) -> Snapshot:
        while self._news:
            self._renderer.feed(self._news.pop(0))
        return self._renderer.snapshot()

    def _look(self) -> None:
        try:
            self._catch_up()
        except (OperationalError, InterfaceError):  # the database is away; the reader waits here as well as elsewhere
            connection.close()

    def _catch_up(self) -> None:
        this = Reply.objects.filter(pk=self._reply_id)
        recover(this)
        # The state is read before the pieces: those of a reply that ends in between are gone, but its end is there.
        state, continues = this.values_list("state", "continues").get()
        self.has_ended = state not in Reply.RUNNING or continues != self._continues
        if state == Reply.State.WAITING:  # what it may have is the beginning that the page has, too
            return close_old_connections()
        for kind, content in this.get().pieces.filter(number__gte=self._pieces).values_list("kind", "content"):
            self._news.append(Delta(kind, content))
            self._pieces += 1
            self._last_content_at = time.monotonic()
        close_old_connections()
