"""A Django system check: SQLite must have FTS5, which the search needs."""

import sqlite3
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections

PROBE = "CREATE VIRTUAL TABLE probe USING fts5(text, tokenize='unicode61 remove_diacritics 2')"


def sqlite_has_fts5(**_: Any) -> list[CheckMessage]:
    if not any(connection.vendor == "sqlite" for connection in connections.all()):
        return []
    probe = sqlite3.connect(":memory:")
    try:
        probe.execute(PROBE)
    except sqlite3.OperationalError as error:
        return [
            Error(
                f"This Python's SQLite ({sqlite3.sqlite_version}) has no full-text search: {error}.",
                hint="Use PostgreSQL, or a Python with SQLite 3.27 or newer and FTS5. Most builds have it.",
                id="potluck.E001",
            )
        ]
    finally:
        probe.close()
    return []
