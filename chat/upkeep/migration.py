"""Guards migrations: one process at a time, and none with code that is older than the database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

LOCK_NUMBER = 0x706F746C75636B  # "potluck" in ASCII, as the number of an advisory lock


@contextmanager
def migration_lock(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Run the block while no other process runs such a block for the same database. A dead process holds no lock."""
    with _postgresql_lock(connection) if connection.vendor == "postgresql" else _sqlite_lock(connection):
        yield


@contextmanager
def _postgresql_lock(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold an advisory lock on a separate connection; the lock ends with the connection."""
    import psycopg  # a tenth of the time that a command takes to start, which SQLite does without

    with closing(psycopg.connect(**connection.get_connection_params(), autocommit=True)) as locked:
        locked.execute("SELECT pg_advisory_lock(%s)", [LOCK_NUMBER])
        yield


@contextmanager
def _sqlite_lock(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Lock a file beside the database. The file must stay: if it were removed, two processes could get a lock."""
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
