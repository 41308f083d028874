"""Explains to the operator, in one sentence, why the database cannot be used."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, NotSupportedError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

CONNECT_SECONDS = 10
MAX_REASON_LENGTH = 300  # characters
# PostgreSQL's codes of errors (SQLSTATE), so that psycopg need not be loaded on SQLite: a tenth of a command's start.
UNDEFINED_TABLE, INSUFFICIENT_PRIVILEGE, INVALID_SCHEMA_NAME = "42P01", "42501", "3F000"


def find_problem() -> str | None:
    """Return why the database does not answer; None if it does.

    It connects without the pool, whose errors say only that it timed out.
    """
    return _trouble_of_postgresql(connection) if connection.vendor == "postgresql" else _trouble_of_sqlite(connection)


def without_pool() -> None:
    """Turn the connection pool off for a command, which needs one connection and its errors at once."""
    settings.DATABASES["default"].get("OPTIONS", {}).pop("pool", None)


def explain(error: Error) -> str | None:
    """Return what an error says about a wrong setup of the database; None if it says nothing about that."""
    if isinstance(error, NotSupportedError):
        return f"DATABASE_URL must be the address of a database that this version supports: {_shorten(str(error))}."
    cause = error.__cause__ or getattr(error.__context__, "__cause__", None)
    code = getattr(cause, "sqlstate", None)
    if code == UNDEFINED_TABLE or "no such table" in str(cause):
        return "The database is not up to date. Run `manage.py migrate` or start the site."
    if code in (INSUFFICIENT_PRIVILEGE, INVALID_SCHEMA_NAME):
        return f"DATABASE_URL must name a user who owns the database: {cause.diag.message_primary}."  # type: ignore[union-attr]
    if _is_locked(cause):
        return "The database is locked by another program. Try again when that has finished."
    return None


def _is_locked(error: object) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _trouble_of_postgresql(connection: BaseDatabaseWrapper) -> str | None:
    import psycopg

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
        return None if _is_locked(error) else _unreachable(f"{file}: {error}")
    return None


def _unreachable(reason: str) -> str:
    return f"DATABASE_URL must be the address of a database that can be reached: {_shorten(reason)}."


def _shorten(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("\t")]  # without libpq's hints
    return " ".join(" ".join(lines).split())[:MAX_REASON_LENGTH].rstrip(".?")
