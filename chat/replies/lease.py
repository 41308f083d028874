"""Leases on replies: exactly one process makes a reply, for as long as it renews its lease.

chat/replies/checkpoint.py renews them; chat/replies/recover.py looks for those that ran out.
"""

import os
import secrets
import socket
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from chat.models import Reply

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
    unclaimed = Reply.objects.filter(pk=reply_id, state=Reply.State.WAITING, worker="")
    return unclaimed.update(worker=worker_name(), lease_until=timezone.now() + LEASE, started_at=timezone.now()) == 1
