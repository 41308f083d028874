"""One ticker per process stores what is new of all its live replies, so that no crash loses more than a second.

One transaction for all of them, twice a second: a transaction each would cost more than the streaming itself.
The same tick renews the leases and reads stop requests that reached another process.
"""

import threading

from django.db import transaction
from django.utils import timezone

from chat.background import Ticker
from chat.models import Piece, Reply
from chat.replies import live
from chat.replies.lease import LEASE
from chat.replies.live import LiveReply
from chat.replies.render import joined

TICK_SECONDS = 0.5

# Held while pieces or an end are written: no piece may arrive behind the end of its reply.
writing = threading.Lock()


def ensure_running() -> None:
    """Start the ticker if there is none; it ends by itself when nothing is live."""
    ticker.ensure_running()


def _tick_what_is_live() -> bool:
    # What raises is tried again in the next round: nothing is marked as stored until it is. Whatever it was, a process
    # without checkpoints would lose its leases, and with them all its replies.
    if replies := live.running():
        with writing:
            tick(replies)
    return bool(replies)


ticker = Ticker("checkpoints", _tick_what_is_live, lambda: TICK_SECONDS)


def tick(replies: list[LiveReply]) -> None:
    # What failed is repeated as it was: the connection may have broken with the rows already there.
    ends = [reply.attempted or len(reply.deltas) for reply in replies]
    for reply, end in zip(replies, ends, strict=True):
        reply.attempted = end
    news = [_new_pieces(reply, end) for reply, end in zip(replies, ends, strict=True)]
    begun = [reply for reply, end in zip(replies, ends, strict=True) if end > reply.stored == reply.given]
    these = Reply.objects.filter(pk__in=[reply.reply_id for reply in replies])
    running = these.filter(state__in=Reply.RUNNING)
    with transaction.atomic():
        running.update(lease_until=timezone.now() + LEASE)  # first: none of them can end or go before the commit
        stop_requests = dict(these.values_list("pk", "stop_requested_at"))
        still_running = set(running.values_list("pk", flat=True))
        Piece.objects.bulk_create(
            (piece for pieces in news for piece in pieces if piece.reply_id in still_running), ignore_conflicts=True
        )
        for reply in begun:
            running.filter(pk=reply.reply_id).update(state=Reply.State.STREAMING, generation_id=reply.generation_id)
    for reply, end, pieces in zip(replies, ends, news, strict=True):
        reply.stored, reply.attempted = end, 0
        reply.pieces += len(pieces)
        # One that is not there any more was deleted elsewhere, with its chat: nobody is to pay for the rest.
        if stop_requests.get(reply.reply_id, True) and not reply.cut_as:
            reply.stop()


def _new_pieces(reply: LiveReply, end: int) -> list[Piece]:
    runs = joined(reply.deltas[reply.stored : end])
    return [
        Piece(reply_id=reply.reply_id, number=reply.pieces + offset, kind=run.kind, content=run.content)
        for offset, run in enumerate(runs)
    ]
