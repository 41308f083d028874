"""Follows a reply that another process makes, through the pieces that it stores in the database."""

import time
from decimal import Decimal
from functools import cached_property

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from chat.conversations.token_count import tokens_to_ask
from chat.models import Reply
from chat.replies import lease, live
from chat.replies.budget_wait import stored_resumes_at
from chat.replies.recover import recover
from chat.replies.running_cost import Written
from chat.reply_content.deltas import Delta, count_chars
from chat.reply_content.render import ReplyRenderer, Snapshot, offload_if_large

POLL_SECONDS = 0.5  # between looks for new pieces; they are written at that rate (chat/replies/checkpoint.py)


class StoredReply:
    """A running reply of another process, as `LiveReply` is one of this process."""

    def __init__(self, reply: Reply) -> None:
        self._reply_id = reply.pk
        self._has_prefill = reply.has_prefill
        self._renderer = ReplyRenderer()
        self._reply = reply
        self._written = Written()
        self._piece_count = 0
        self._unrendered: list[Delta] = []
        self._last_content_at = time.monotonic()  # at first when we began to follow
        self.has_ended = False
        self.resumes_at = stored_resumes_at(reply)

    def wait(self, seen: int, timeout_seconds: float) -> int:
        """Wait for more than `seen` pieces, or the end, or a pause, or a shutdown; return how many there are."""
        give_up_at = time.monotonic() + timeout_seconds
        known = self.resumes_at
        while not (self._has_news(seen, known) or lease.is_closed()) and time.monotonic() < give_up_at:
            self._poll()
            if not self._has_news(seen, known):
                time.sleep(POLL_SECONDS)
        return self._piece_count

    def _has_news(self, seen: int, resumes_at: float | None) -> bool:
        return self._piece_count != seen or self.has_ended or self.resumes_at != resumes_at

    def idle_seconds(self) -> live.IdleSeconds:
        """How long nothing has come."""
        content = time.monotonic() - self._last_content_at
        return live.IdleSeconds(min(content, time.time() - self.resumes_at) if self.resumes_at else content, None)

    def cost_so_far(self) -> Decimal | None:
        """US dollars, estimated; None before there is content, or where a price is unknown."""
        if self._written.is_empty:
            return None
        try:
            return self._written.cost(self._reply.model, self._prompt_tokens)
        except (OperationalError, InterfaceError):  # tried again later
            connection.close()
            return None

    @cached_property
    def _prompt_tokens(self) -> int:
        question = self._reply.message.parent
        tokens = tokens_to_ask(question, self._reply.model) if question else 0
        close_old_connections()
        return tokens

    def snapshot(self) -> Snapshot:
        """Everything stored so far, as HTML."""
        return offload_if_large(self._render_snapshot, count_chars(self._unrendered) + self._renderer.open_chars)

    def _render_snapshot(self) -> Snapshot:
        while self._unrendered:
            self._renderer.feed(self._unrendered.pop(0))
        return self._renderer.snapshot()

    def _poll(self) -> None:
        try:
            self._read_new_pieces()
        except (OperationalError, InterfaceError):  # tried again with the next poll
            connection.close()

    def _read_new_pieces(self) -> None:
        rows = Reply.objects.filter(pk=self._reply_id)
        recover(rows)
        # The state first: if the reply ends between the two queries, its pieces are deleted, but its end is stored.
        reply = rows.only("state", "continues", "prefill", "error_details").get()
        self.resumes_at = stored_resumes_at(reply)
        self.has_ended = not reply.is_running or reply.has_prefill != self._has_prefill
        if reply.state == Reply.State.WAITING:  # any pieces are those of its prefill, which the page shows already
            return close_old_connections()
        for kind, content in rows.get().pieces.filter(number__gte=self._piece_count).values_list("kind", "content"):
            self._unrendered.append(delta := Delta(kind, content))
            if not self._has_prefill:  # of which some are the text that it continues
                self._written.add(delta)
            self._piece_count += 1
            self._last_content_at = time.monotonic()
        close_old_connections()
