"""Leases on replies: exactly one process makes a reply, for as long as it renews its lease.

chat/replies/checkpoint.py renews them; chat/replies/recover.py looks for those that ran out.
"""

import os
import secrets
import socket
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from chat.models import Reply
from chat.models.prepared_queries import prepared_update

UNCLAIMED_LIFETIME = timedelta(minutes=1)  # a reply that no process has claimed after this long is given up
LEASE = timedelta(seconds=6)  # renewed twice a second; a process whose lease has run out may be dead

_is_closed = False
_random = secrets.token_hex(4)


def worker_name() -> str:
    """The name of this process in `Reply.worker`. Computed on each call, because gunicorn forks."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{_random}"


def close() -> None:
    """Refuse all further claims: this process is about to end."""
    global _is_closed
    _is_closed = True


def is_closed() -> bool:
    """Whether this process is shutting down and claims no more replies."""
    return _is_closed


def claim(reply_id: UUID) -> bool:
    """Claim a waiting reply for this process; True for the one process that gets it."""
    if _is_closed:
        return False
    now = timezone.now()
    return _claim(reply_id, worker_name(), now + LEASE, now) == 1


@prepared_update
def _claim(id_: UUID, worker: str, until: datetime, now: datetime) -> tuple[QuerySet[Reply], dict[str, Any]]:
    unclaimed = Reply.objects.filter(pk=id_, state=Reply.State.WAITING, worker="")
    return unclaimed, {"worker": worker, "lease_until": until, "started_at": now}
