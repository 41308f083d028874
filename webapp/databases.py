"""Why the database cannot be used, in a sentence for whoever set it up."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import Error, NotSupportedError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

CONNECT_SECONDS = 10
LONGEST_REASON = 300  # characters


def find_problem() -> str | None:
    """What keeps it from answering; None when it does. Asked without the pool, which says only that time is up."""
    return _trouble_of_postgresql(connection) if connection.vendor == "postgresql" else _trouble_of_sqlite(connection)


def without_pool() -> None:
    """For a command, which has one connection: what is wrong with it is told at once, and once."""
    settings.DATABASES["default"].get("OPTIONS", {}).pop("pool", None)


def refusal_of(error: Error) -> str | None:
    """What an answer of the database says about how it was set up, when it does."""
    if isinstance(error, NotSupportedError):
        return f"DATABASE_URL must be the address of a database that this version supports: {_first_words(str(error))}."
    cause = error.__cause__ or getattr(error.__context__, "__cause__", None)
    if isinstance(cause, psycopg.errors.UndefinedTable) or "no such table" in str(cause):
        return "The database is not up to date. Run `manage.py migrate` or start the site."
    if isinstance(cause, psycopg.errors.InsufficientPrivilege | psycopg.errors.InvalidSchemaName):
        return f"DATABASE_URL must name a user who owns the database: {cause.diag.message_primary}."
    return None


def _trouble_of_postgresql(connection: BaseDatabaseWrapper) -> str | None:
    params: dict[str, Any] = connection.get_connection_params() | {"connect_timeout": CONNECT_SECONDS}
    try:
        psycopg.connect(**params).close()
    except psycopg.Error as error:
        return _unreachable(str(error).replace(str(params.get("password") or "\0"), "********"))
    return None


def _trouble_of_sqlite(connection: BaseDatabaseWrapper) -> str | None:
    file = Path(connection.settings_dict["NAME"])
    if not all(os.access(path, os.R_OK | os.W_OK) for path in (file.parent, file) if path.exists()):
        return _unreachable(f"this user cannot write to {file} or its folder")
    try:
        with closing(sqlite3.connect(file, timeout=0)) as found:
            found.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error as error:
        is_locked = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY  # so somebody can use it
        return None if is_locked else _unreachable(f"{file}: {error}")
    return None


def _unreachable(reason: str) -> str:
    return f"DATABASE_URL must be the address of a database that can be reached: {_first_words(reason)}."


def _first_words(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("\t")]  # those ask whether it runs
    return " ".join(" ".join(lines).split())[:LONGEST_REASON].rstrip(".?")
