"""One process at a time brings the database up to date, and none goes back behind a newer one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

LOCK = 0x706F746C75636B  # "potluck": of all advisory locks of the database, ours


@contextmanager
def alone(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Wait until no other process is in such a block for the same database. A process that dies is out of it."""
    with _postgresql(connection) if connection.vendor == "postgresql" else _sqlite(connection):
        yield


@contextmanager
def _postgresql(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """By a connection of its own: the lock lasts as long as that."""
    with closing(psycopg.connect(**connection.get_connection_params(), autocommit=True)) as locked:
        locked.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield


@contextmanager
def _sqlite(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """By a file beside the database, which stays: who removed it would let two in."""
    file = Path(connection.settings_dict["NAME"])
    lock = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def refuse_newer(connection: BaseDatabaseWrapper) -> None:
    """Raise ImproperlyConfigured when migrations were applied that this code does not have."""
    loader = MigrationLoader(connection)
    known = {*loader.disk_migrations, *loader.replacements}
    newer = [f"{app} {name}" for app, name in loader.applied_migrations if app == "chat" and (app, name) not in known]
    if newer:
        raise ImproperlyConfigured(
            f"The database is newer than this code (it has {max(newer)}). Update the code,"
            " or restore a backup from before the update."
        )
