"""Replies whose process died: what it stored becomes the message, marked as interrupted.

Nobody has to watch for them: whoever looks at a reply looks at its lease first.
"""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from chat.replies import bill, live
from chat.replies.finish import store_end
from chat.replies.models import Piece, Reply
from chat.replies.typeset import Delta, final_blocks


def reap(replies: QuerySet[Reply]) -> None:
    """Bring all of `replies` whose lease has run out to their end."""
    made_here = [reply.reply_id for reply in live.running()]  # alive, whatever their lease says
    abandoned = replies.filter(state__in=Reply.RUNNING, lease_until__lt=timezone.now()).exclude(pk__in=made_here)
    for reply in abandoned:
        deltas = stored_deltas(reply.pk)
        facts = {"error_kind": "worker_died"}
        store_end(reply.pk, Reply.State.INTERRUPTED, deltas, final_blocks(deltas), facts)
        bill.look_up_later(reply.pk)


def stored_deltas(reply_id: UUID) -> list[Delta]:
    """What the database has of a running reply."""
    return [Delta(*piece) for piece in Piece.objects.filter(reply=reply_id).values_list("kind", "content")]
