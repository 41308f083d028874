"""Replies whose process died: what it stored becomes the message, marked as interrupted.

Nobody has to watch for them: whoever looks at a reply looks at its lease first. A lease that has run out is only a
suspicion: clocks are set, machines sleep, databases are locked or away for longer than a lease. So its owner is given
notice, and time to renew it; who does not is dead.
"""

import logging
import time
from datetime import timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.models import Piece, Reply
from chat.replies import cost_lookup, live
from chat.replies.finish import store_end
from chat.replies.lease import UNCLAIMED
from chat.replies.render import Delta, final_blocks

logger = logging.getLogger(__name__)

NOTICE_SECONDS = 2.0  # four checkpoints: who lives renews its lease in this time
# As the index has it: SQLite cannot know that a parameter is one of these states, and would read all replies.
RUNNING = "chat_reply.state IN ('waiting', 'streaming')"
FARTHEST = 2 * UNCLAIMED  # no lease reaches further, unless the clock was set back since


def recover(replies: QuerySet[Reply]) -> None:
    """Bring all of `replies` to their end whose process is dead. It may wait: not for the inside of a transaction."""
    try:
        for reply in _abandoned(replies):
            deltas = stored_deltas(reply.pk)
            facts = {"error_kind": "worker_died"}
            only_if = Q(lease_until=reply.lease_until)
            store_end(reply.pk, Reply.State.INTERRUPTED, deltas, final_blocks(deltas), facts, only_if=only_if)
            cost_lookup.look_up_later(reply.pk)
    except (OperationalError, InterfaceError) as error:  # a full disk, say: what is there can still be read
        logger.warning("Replies of a dead process could not be recovered yet: %s", type(error).__name__)


def stored_deltas(reply_id: UUID) -> list[Delta]:
    """What the database has of a running reply."""
    return [Delta(*piece) for piece in Piece.objects.filter(reply=reply_id).values_list("kind", "content")]


def _abandoned(replies: QuerySet[Reply]) -> list[Reply]:
    made_here = [reply.reply_id for reply in live.running()]  # alive, whatever their lease says
    # Of everybody first, by the index of those that run: to look for them among a person's chats would read them all.
    running = Reply.objects.extra(where=[RUNNING])  # noqa: S610
    anybodys = list(running.filter(_is_doubtful()).exclude(pk__in=made_here).values_list("pk", flat=True))
    doubtful = list(replies.filter(pk__in=anybodys).values_list("pk", flat=True)) if anybodys else []
    return _silent_after_notice(doubtful) if doubtful else []


def _silent_after_notice(doubtful: list[UUID]) -> list[Reply]:
    # The notice is a lease of its own, so that others who look meanwhile leave the reply alone.
    notice = timezone.now() + timedelta(seconds=NOTICE_SECONDS)
    if not Reply.objects.filter(_is_doubtful(), pk__in=doubtful).update(lease_until=notice):
        return []
    time.sleep(NOTICE_SECONDS)
    return list(Reply.objects.filter(pk__in=doubtful, state__in=Reply.RUNNING, lease_until=notice))


def _is_doubtful() -> Q:
    now = timezone.now()
    return Q(state__in=Reply.RUNNING) & (Q(lease_until__lt=now) | Q(lease_until__gt=now + FARTHEST))
