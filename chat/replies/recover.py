"""Ends replies whose process died: the text that it had stored becomes the message, marked as interrupted.

No watchdog is needed: whatever reads a reply calls `recover` first. A lease that has run out does not prove a death:
clocks are set, machines sleep, and databases are locked or away for longer than a lease. So the process gets notice, a
last short lease, and counts as dead if it does not renew that one either.
"""

import logging
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.background import wait
from chat.models import Piece, Reply
from chat.models.reply import RUNNING_SQL
from chat.replies import live
from chat.replies.finish import store_end
from chat.replies.lease import UNCLAIMED_LIFETIME
from chat.reply_content.deltas import Delta
from chat.reply_content.render import render_final_blocks
from chat.reply_content.rounds import open_steps, rounds_of
from chat.spending import cost_lookup

logger = logging.getLogger(__name__)

NOTICE_SECONDS = 2.0  # four checkpoints, each of which renews the lease
MAX_LEASE = 2 * UNCLAIMED_LIFETIME  # from now; a lease that ends later was written before the clock was set back


def recover(replies: QuerySet[Reply]) -> None:
    """End those of `replies` whose process died.

    Waits NOTICE_SECONDS when a lease has run out, so do not call it inside a transaction. Does nothing while the
    database cannot be written to.
    """
    try:
        for reply in _abandoned(replies):
            deltas = stored_deltas(reply.pk)
            fields = {"error_kind": "worker_died", **_known_fields(reply, deltas)}
            only_if = Q(lease_until=reply.lease_until)
            store_end(reply.pk, Reply.State.INTERRUPTED, deltas, render_final_blocks(deltas), fields, only_if=only_if)
            cost_lookup.look_up_later(reply.pk)
    except (OperationalError, InterfaceError) as error:  # for example a full disk: pages can still be read
        logger.warning("Replies of a dead process could not be recovered yet: %s", type(error).__name__)


def _known_fields(reply: Reply, deltas: list[Delta]) -> dict[str, Any]:
    """What earlier requests for the answer say of the last one: the row may have the generation of one of those."""
    rounds = rounds_of(deltas)
    if open_steps(deltas):  # no request was running
        return {"cost": Decimal(0), "generation_id": rounds[-1].generation_id} if rounds else {}
    return {"generation_id": ""} if reply.generation_id in [each.generation_id for each in rounds] else {}


def stored_deltas(reply_id: UUID) -> list[Delta]:
    """The deltas of a running reply that are in the database."""
    return [Delta(*piece) for piece in Piece.objects.filter(reply=reply_id).values_list("kind", "content")]


def _abandoned(replies: QuerySet[Reply]) -> list[Reply]:
    ours = [reply.reply_id for reply in live.running()]  # running, whatever their lease says
    # All users' replies first, by the index of running ones: starting from one user's chats would read all of those.
    running = Reply.objects.extra(where=[RUNNING_SQL])  # noqa: S610
    doubtful_of_all = list(running.filter(_has_doubtful_lease()).exclude(pk__in=ours).values_list("pk", flat=True))
    doubtful = list(replies.filter(pk__in=doubtful_of_all).values_list("pk", flat=True)) if doubtful_of_all else []
    return _silent_after_notice(doubtful) if doubtful else []


def _silent_after_notice(doubtful: list[UUID]) -> list[Reply]:
    # The notice is a lease, so that other processes that look meanwhile leave the reply alone.
    notice = timezone.now() + timedelta(seconds=NOTICE_SECONDS)
    if not Reply.objects.filter(_has_doubtful_lease(), pk__in=doubtful).update(lease_until=notice):
        return []
    wait(NOTICE_SECONDS)
    return list(Reply.objects.filter(pk__in=doubtful, state__in=Reply.RUNNING, lease_until=notice))


def _has_doubtful_lease() -> Q:
    now = timezone.now()
    return Q(state__in=Reply.RUNNING) & (Q(lease_until__lt=now) | Q(lease_until__gt=now + MAX_LEASE))
