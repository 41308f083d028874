"""Who makes a reply: exactly one process, for as long as it renews its lease."""

import os
import secrets
import socket
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from chat.models import Reply

UNCLAIMED = timedelta(minutes=1)  # after this long without an owner a reply is given up
LEASE = timedelta(seconds=6)  # renewed twice a second; after this long without, its owner may be dead

_is_closed = False
_random = secrets.token_hex(4)


def worker_name() -> str:
    """This process, as the database knows it; computed late, because gunicorn forks."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{_random}"


def close() -> None:
    """Take no more replies: this process is about to end."""
    global _is_closed
    _is_closed = True


def is_closed() -> bool:
    return _is_closed


def claim(reply_id: UUID) -> bool:
    """Take a reply that nobody makes yet; True for the one process that gets it."""
    if _is_closed:
        return False
    unclaimed = Reply.objects.filter(pk=reply_id, state=Reply.State.WAITING, worker="")
    return unclaimed.update(worker=worker_name(), lease_until=timezone.now() + LEASE, started_at=timezone.now()) == 1
