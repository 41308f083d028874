"""Stores the new deltas of all running replies twice a second, so that a crash loses no more than a second.

One ticker per process, and one transaction for all replies: a transaction for each would cost more than the streaming
itself. The same tick renews the leases and reads stop requests that reached another process.
"""

import threading
import time
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from chat.background import Ticker
from chat.models import Piece, Reply
from chat.replies import live
from chat.replies.lease import LEASE
from chat.replies.live import LiveReply
from chat.reply_content.deltas import merge_deltas

TICK_SECONDS = 0.5

# Taken while pieces or the end of a reply are written: no piece may be stored after the end of its reply.
write_lock = threading.Lock()


def ensure_running() -> None:
    """Start the ticker if it is not running; it ends by itself when no reply is running."""
    ticker.ensure_running()


def _store_running() -> bool:
    # The ticker repeats a tick that raised, and nothing is marked as stored until it is. It must survive any error: a
    # process without checkpoints would lose its leases, and with them all its replies.
    if replies := live.running():
        with write_lock:
            store_checkpoint(replies)
    return bool(replies)


ticker = Ticker("checkpoints", _store_running, lambda: TICK_SECONDS)


def store_checkpoint(replies: list[LiveReply]) -> None:
    """Store what each reply has received since its last checkpoint, renew its lease, and pass on stop requests."""
    # A checkpoint that failed is repeated with the same rows: they may have been committed before the connection broke.
    ends = [reply.attempted_count or len(reply.deltas) for reply in replies]
    for reply, end in zip(replies, ends, strict=True):
        reply.attempted_count = end
    new_pieces = [_new_pieces(reply, end) for reply, end in zip(replies, ends, strict=True)]
    begun = [
        reply
        for reply, end in zip(replies, ends, strict=True)
        if end > reply.prefill_count
        and (reply.stored_count == reply.prefill_count or reply.generation_id != reply.stored_generation_id)
    ]
    rows = Reply.objects.filter(pk__in=[reply.reply_id for reply in replies])
    running = rows.filter(state__in=Reply.RUNNING)
    with transaction.atomic():
        # First, because it locks the rows: none of these replies can end or be deleted before the commit.
        running.update(lease_until=timezone.now() + LEASE)
        found: dict[Any, Any] = {pk: news for pk, *news in rows.values_list("pk", "stop_requested_at", "decisions")}
        still_running = set(running.values_list("pk", flat=True))
        Piece.objects.bulk_create(
            (piece for pieces in new_pieces for piece in pieces if piece.reply_id in still_running),
            ignore_conflicts=True,
        )
        generation_ids = {reply.reply_id: reply.generation_id for reply in begun}
        for id_, generation_id in generation_ids.items():
            running.filter(pk=id_).update(state=Reply.State.STREAMING, generation_id=generation_id)
    for reply, end, pieces in zip(replies, ends, new_pieces, strict=True):
        reply.stored_count, reply.attempted_count = end, 0
        reply.piece_count += len(pieces)
        reply.stored_generation_id = generation_ids.get(reply.reply_id, reply.stored_generation_id)
        # A reply without a row was deleted together with its chat: nobody should pay for the rest of it.
        stop_requested_at, decisions = found.get(reply.reply_id, (True, None))
        if stop_requested_at and not reply.cancelled_as:
            reply.stop()
        if decisions:
            reply.decide({int(number): decision for number, decision in decisions.items()})


def store_now(reply: LiveReply) -> bool:
    """Store a reply before something happens that must not happen twice. False if it was cancelled first."""
    while not reply.cancelled_as:
        try:
            with write_lock:
                store_checkpoint([reply])
            return not reply.cancelled_as
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(TICK_SECONDS)
    return False


def _new_pieces(reply: LiveReply, end: int) -> list[Piece]:
    merged = merge_deltas(reply.deltas[reply.stored_count : end])
    return [
        Piece(reply_id=reply.reply_id, number=reply.piece_count + offset, kind=delta.kind, content=delta.content)
        for offset, delta in enumerate(merged)
    ]
