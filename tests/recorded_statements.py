"""Records the statements that all threads of the site send to the database."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class Statements(list[str]):
    """The statements in order, as sent; without values. `str` is a readable list of them, for the message of a test."""

    def __str__(self) -> str:
        return "\n".join(f"{number:3}. {statement[:400]}" for number, statement in enumerate(self, 1))

    def take(self) -> "Statements":
        """Return the statements so far, and forget them."""
        taken = Statements(self)
        self.clear()
        return taken


@contextmanager
def recorded_statements(*, without_threads: tuple[str, ...] = ("checkpoints",)) -> Iterator[Statements]:
    """Statements of this thread and of those that connect meanwhile, BEGIN included where Django sends it itself.

    `without_threads` are names of threads that work for all replies at once.
    """
    statements = Statements()

    def record(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if threading.current_thread().name not in without_threads:
            statements.append(sql)
        return execute(sql, params, many, context)

    def watch(connection: BaseDatabaseWrapper, **_: object) -> None:
        if record not in connection.execute_wrappers:
            connection.execute_wrappers.append(record)

    connection_created.connect(watch)
    watch(connection)
    try:
        yield statements
    finally:
        connection_created.disconnect(watch)
        connection.execute_wrappers.remove(record)
