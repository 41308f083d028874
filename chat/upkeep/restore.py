"""Restores a site from a backup. What was there before is moved to another folder, not deleted."""

import json
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from chat.upkeep.backup import DATABASE, LANGUAGES, MANIFEST, MEDIA, SECRETS


class UnusableBackup(Exception):
    """The backup cannot be restored on this site; `str()` says why."""


def site_exists() -> bool:
    """Whether there is a site already: a database or images. Secrets do not count, because any command makes them."""
    return _database().exists() or any(path.is_file() for path in Path(settings.MEDIA_ROOT).rglob("*"))


def restore(file: Path) -> Path | None:
    """Restore a backup, after unpacking and checking all of it.

    Returns the folder to which the previous data was moved, None if there was none. Raises UnusableBackup or OSError.
    """
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="restore-") as folder:
        unpacked = Path(folder)
        try:
            _unpack(file, unpacked)
            _check(unpacked)
        except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, sqlite3.Error):
            raise UnusableBackup(f"{file} is not a backup of a site, or it is damaged.") from None
        return _install(unpacked)


def _unpack(file: Path, folder: Path) -> None:
    with tarfile.open(file, "r:") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if not member.isfile() or path.is_absolute() or ".." in path.parts:
                raise ValueError
            source, target = archive.extractfile(member), folder / path
            assert source is not None  # it is a file
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with target.open("wb") as out:
                shutil.copyfileobj(source, out)
            target.chmod(0o600)


def _check(folder: Path) -> None:
    if not (folder / MANIFEST).exists():
        raise ValueError  # the backup is truncated
    contents = json.loads((folder / MANIFEST).read_text())
    known = {name for app, name in MigrationLoader(None).disk_migrations if app == "chat"}
    if not known >= set(contents["migrations"]):
        raise UnusableBackup(
            f"The backup is of version {contents['version']}, which is newer than this code: update it first."
        )
    if (folder / DATABASE).exists():
        if connection.vendor != "sqlite":
            raise UnusableBackup("The backup contains a SQLite database, but DATABASE_URL is PostgreSQL.")
        with closing(sqlite3.connect(folder / DATABASE)) as database:
            if database.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise ValueError


def _install(unpacked: Path) -> Path | None:
    aside = settings.DATA_DIR / f"before-restore-{timezone.now():%Y%m%d-%H%M%S}"
    for name, place in _targets(unpacked):
        if place.exists():
            aside.mkdir(mode=0o700, exist_ok=True)
            _move(place, aside / place.name)
        if (unpacked / name).exists():
            _move(unpacked / name, place)
    return aside if aside.exists() else None


def _move(source: Path, target: Path) -> None:
    """Move a file, or the content of a folder: the folder itself may be a mount point."""
    if not source.is_dir():
        shutil.move(source, target)
        return
    target.mkdir(mode=0o700, exist_ok=True)
    for child in list(source.iterdir()):
        shutil.move(child, target / child.name)


def _targets(unpacked: Path) -> Iterator[tuple[str, Path]]:
    """Yield names in the backup with their places. -wal and -shm of the old database must not stay with the new one."""
    if (unpacked / DATABASE).exists():
        yield from ((DATABASE + end, Path(f"{_database()}{end}")) for end in ("-wal", "-shm", ""))
    if (unpacked / SECRETS).exists():
        yield SECRETS, settings.DATA_DIR / SECRETS
    yield MEDIA, Path(settings.MEDIA_ROOT)
    yield LANGUAGES, settings.DATA_DIR / LANGUAGES


def _database() -> Path:
    return Path(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else settings.DATA_DIR / DATABASE
