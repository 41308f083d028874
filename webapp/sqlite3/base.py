"""Django's SQLite, except that a lock is waited for in Python.

SQLite's own wait sleeps in C: under gevent nobody of the process is served meanwhile, not even the one who holds
the lock. Here the wait is `time.sleep`, which lets other greenlets run, and on threads is what it always was.

Django finds the class by its name: `ENGINE = "webapp.sqlite3"`. The option `timeout` means what it meant, the
seconds after which "database is locked" is raised.
"""

import random
import sqlite3
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base
from django.db.backends.utils import debug_transaction

T = TypeVar("T")

DEFAULT_PATIENCE_SECONDS = 5.0  # as in sqlite3.connect
FIRST_PAUSE_SECONDS = 0.001
LONGEST_PAUSE_SECONDS = 0.05


class DatabaseWrapper(base.DatabaseWrapper):
    patience_seconds = DEFAULT_PATIENCE_SECONDS

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        self.patience_seconds = params.pop("timeout", DEFAULT_PATIENCE_SECONDS)
        return {**params, "timeout": 0}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        # Whoever closes the last connection holds the file for a moment, and so does who repairs it after a crash.
        return patiently(lambda: base.DatabaseWrapper.get_new_connection(self, conn_params), self.patience_seconds)

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
