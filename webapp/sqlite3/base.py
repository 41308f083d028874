"""Django's SQLite backend, but it waits for locks in Python, and reuses connections.

SQLite itself waits in C: under gevent no greenlet of the process can run meanwhile, not even the one that holds the
lock. Here the wait is `time.sleep`, which lets other greenlets run, and works on threads as well.

Django gives each request's greenlet its own connection. Opening one takes half a millisecond, and closing the last one
writes the whole WAL back. So a few stay open for the next requests, as long as the file is the same.

Django imports it by `ENGINE = "webapp.sqlite3"`. The option `timeout` has its usual meaning, the seconds after which
"database is locked" is raised.
"""

import os
import random
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base
from django.db.backends.utils import debug_transaction

T = TypeVar("T")

DEFAULT_TIMEOUT_SECONDS = 5.0  # as in sqlite3.connect
FIRST_PAUSE_SECONDS = 0.001
MAX_PAUSE_SECONDS = 0.05
MAX_IDLE = 8  # unused connections that stay open, per file

_idle: dict[str, list[sqlite3.Connection]] = defaultdict(list)  # by file
_opened: dict[str, tuple[int, int] | None] = {}  # by file: its device and inode when it was first opened
os.register_at_fork(after_in_child=_idle.clear)


class DatabaseWrapper(base.DatabaseWrapper):
    timeout_seconds = DEFAULT_TIMEOUT_SECONDS

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        self.timeout_seconds = params.pop("timeout", DEFAULT_TIMEOUT_SECONDS)
        self.connection_file = params["database"]
        return {**params, "timeout": 0}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        file = conn_params["database"]
        if not self.is_in_memory_db():
            _check_file(file)
        if idle := _idle[file]:
            return idle.pop()
        # The file is locked while another process closes the last connection, or recovers it after a crash.
        return retry_while_locked(
            lambda: base.DatabaseWrapper.get_new_connection(self, conn_params), self.timeout_seconds
        )

    def _close(self) -> None:
        idle = _idle[self.connection_file]
        if self.is_in_memory_db() or self.connection.in_transaction or len(idle) >= MAX_IDLE:
            super()._close()  # type: ignore[misc]  # missing in the stubs
        else:
            idle.append(self.connection)

    def create_cursor(self, name: object = None) -> "RetryingCursor":
        cursor: RetryingCursor = self.connection.cursor(factory=RetryingCursor)
        cursor.timeout_seconds = self.timeout_seconds
        return cursor

    def _commit(self) -> None:
        # With WAL the owner of the write lock can always commit; without it, readers can block a commit.
        if self.connection is not None:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                retry_while_locked(self.connection.commit, self.timeout_seconds)


class RetryingCursor(base.SQLiteCursorWrapper):
    timeout_seconds = DEFAULT_TIMEOUT_SECONDS

    def execute(self, query: str, params: Any = None) -> Any:
        if self.connection.in_transaction:  # waiting inside a transaction could deadlock: the caller must start again
            return super().execute(query, params)
        return retry_while_locked(lambda: base.SQLiteCursorWrapper.execute(self, query, params), self.timeout_seconds)


def _check_file(file: str) -> None:
    """Create a missing database file at first use, and later check that it is still the same file.

    The file is for its owner only; SQLite gives -wal and -shm the same mode. Raises OperationalError if it was deleted
    or replaced: what is written to the old file would be lost.
    """
    if file not in _opened:
        with suppress(OSError):  # it exists, or SQLite will say why it cannot be created
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _opened[file] = _identity(file)
    elif _opened[file] != _identity(file):
        raise sqlite3.OperationalError("the database file is missing or has been replaced")


def _identity(file: str) -> tuple[int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116  faster than Path, and called for each connection
    except OSError:
        return None
    return status.st_dev, status.st_ino


def retry_while_locked(attempt: Callable[[], T], timeout_seconds: float) -> T:
    """Call `attempt` until the database is not locked, at most for so long. A failed attempt must have no effect."""
    give_up_at = time.monotonic() + timeout_seconds
    pause_seconds = FIRST_PAUSE_SECONDS
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > give_up_at:
                raise
        time.sleep(pause_seconds * random.uniform(0.5, 1))  # noqa: S311  random, so that waiting processes do not all retry at once
        pause_seconds = min(2 * pause_seconds, MAX_PAUSE_SECONDS)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    code: int = getattr(error, "sqlite_errorcode", 0)  # errors raised by Python's module itself have no code
    return code & 0xFF == sqlite3.SQLITE_BUSY
