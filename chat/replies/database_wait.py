"""Lets a reply wait while the database is away, before it sends a request: after that it would be paid twice."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from chat.replies import checkpoint
from chat.replies.live import LiveReply

T = TypeVar("T")


class Cancelled(Exception):
    """The reply was stopped or interrupted while it waited."""


def with_database(work: Callable[[], T], reply: LiveReply) -> T:
    """What `work` returns, which is called again while the database is away. Raises Cancelled."""
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            connection.close()
        if reply.cancelled_as:
            raise Cancelled
        time.sleep(checkpoint.TICK_SECONDS)
