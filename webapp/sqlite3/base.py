"""Django's SQLite, except that a lock is waited for in Python, and that closed connections serve again.

SQLite's own wait sleeps in C: under gevent nobody of the process is served meanwhile, not even the one who holds
the lock. Here the wait is `time.sleep`, which lets other greenlets run, and on threads is what it always was.

A greenlet lives for one request, and Django gives each its own connection. Opening one takes half a millisecond, and
closing the last one writes the whole log back; so a few stay open for the next, while the file is the same.

Django finds the class by its name: `ENGINE = "webapp.sqlite3"`. The option `timeout` means what it meant, the
seconds after which "database is locked" is raised.
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

DEFAULT_PATIENCE_SECONDS = 5.0  # as in sqlite3.connect
FIRST_PAUSE_SECONDS = 0.001
LONGEST_PAUSE_SECONDS = 0.05
MOST_IDLE = 8  # open connections that nobody uses

# By file: databases of one process have different ones.
_idle: dict[str, list[sqlite3.Connection]] = defaultdict(list)
_opened: dict[str, tuple[int, int] | None] = {}  # which file it was, by its name
os.register_at_fork(after_in_child=_idle.clear)


class DatabaseWrapper(base.DatabaseWrapper):
    patience_seconds = DEFAULT_PATIENCE_SECONDS

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        self.patience_seconds = params.pop("timeout", DEFAULT_PATIENCE_SECONDS)
        self.connection_file = params["database"]
        return {**params, "timeout": 0}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        file = conn_params["database"]
        if not self.is_in_memory_db():
            _look_at(file)
        if idle := _idle[file]:
            return idle.pop()
        # Whoever closes the last connection holds the file for a moment, and so does who repairs it after a crash.
        return patiently(lambda: base.DatabaseWrapper.get_new_connection(self, conn_params), self.patience_seconds)

    def _close(self) -> None:
        idle = _idle[self.connection_file]
        if self.is_in_memory_db() or self.connection.in_transaction or len(idle) >= MOST_IDLE:
            super()._close()  # type: ignore[misc]  # what the stubs do not know
        else:
            idle.append(self.connection)

    def create_cursor(self, name: object = None) -> "PatientCursor":
        cursor: PatientCursor = self.connection.cursor(factory=PatientCursor)
        cursor.patience_seconds = self.patience_seconds
        return cursor

    def _commit(self) -> None:
        # With WAL whoever has the write lock can commit; without, readers are in the way. It may be tried again.
        if self.connection is not None:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                patiently(self.connection.commit, self.patience_seconds)


class PatientCursor(base.SQLiteCursorWrapper):
    patience_seconds = DEFAULT_PATIENCE_SECONDS

    def execute(self, query: str, params: Any = None) -> Any:
        if self.connection.in_transaction:  # a lock it cannot get now is one it must not wait for: begin again
            return super().execute(query, params)
        return patiently(lambda: base.SQLiteCursorWrapper.execute(self, query, params), self.patience_seconds)


def _look_at(file: str) -> None:
    """Make the file if there is none yet, for the owner alone; SQLite gives -wal and -shm the same mode.

    Later a file that is gone, or another one, is an error: who goes on with the old one stores what nobody finds again.
    """
    if file not in _opened:
        with suppress(OSError):  # it is there, or SQLite says why it cannot be
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _opened[file] = _identity(file)
    elif _opened[file] != _identity(file):
        raise sqlite3.OperationalError("the database file is missing or has been replaced")


def _identity(file: str) -> tuple[int, int] | None:
    try:
        found = os.stat(file)  # noqa: PTH116  each connection pays for it
    except OSError:
        return None
    return found.st_dev, found.st_ino


def patiently(attempt: Callable[[], T], patience_seconds: float) -> T:
    """Call `attempt` until the database is not locked, at most for so long. It must do all or nothing."""
    give_up_at = time.monotonic() + patience_seconds
    pause_seconds = FIRST_PAUSE_SECONDS
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > give_up_at:
                raise
        time.sleep(pause_seconds * random.uniform(0.5, 1))  # noqa: S311  so that those who wait do not meet again
        pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    code: int = getattr(error, "sqlite_errorcode", 0)  # errors of the module itself have none
    return code & 0xFF == sqlite3.SQLITE_BUSY
