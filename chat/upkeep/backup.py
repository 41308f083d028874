"""Writes a backup of the site to one file: a snapshot of the database, the images, and the secrets it generated.

A backup is a tar file: `potluck.sqlite3` (not from PostgreSQL, which has its own tools), `secrets.json` if there is
one, `media/…`, `locale/…`, and at the end `backup.json`, without which the backup is incomplete. It contains
no links.
"""

import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

DATABASE, SECRETS, MEDIA, LANGUAGES, MANIFEST = "potluck.sqlite3", "secrets.json", "media", "locale", "backup.json"


class BackupSummary(NamedTuple):
    images: int
    has_database: bool
    missing_secrets: list[str]  # settings: the site does not use those in the backup, which may be older


def write_backup(file: Path) -> BackupSummary:
    """Write a backup that only its owner can read, while the site may be running.

    The file appears under its name once it is complete. Raises OSError.
    """
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
        unfinished = Path(folder) / "archive"
        unfinished.touch(mode=0o600)
        with unfinished.open("wb") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, dereference=True) as archive:
                written = _add_everything(archive, Path(folder))
            os.fsync(out.fileno())
        unfinished.replace(file)
    return written


def _add_everything(archive: tarfile.TarFile, folder: Path) -> BackupSummary:
    """Add everything to the archive, the database first: an image that is added meanwhile is unused, not missing."""
    migrations = sorted(name for app, name in MigrationRecorder(connection).applied_migrations() if app == "chat")
    has_database = connection.vendor == "sqlite"
    if has_database:
        _copy_database(folder / DATABASE)
        archive.add(folder / DATABASE, DATABASE)
    secrets = settings.DATA_DIR / SECRETS
    if secrets.exists():
        archive.add(secrets, SECRETS)
    images = _add_folder(archive, MEDIA, Path(settings.MEDIA_ROOT))
    _add_folder(archive, LANGUAGES, settings.DATA_DIR / LANGUAGES)
    contents = {"version": settings.VERSION, "migrations": migrations, "made_at": timezone.now().isoformat()}
    _add_text(archive, MANIFEST, json.dumps(contents))
    return BackupSummary(images, has_database, _missing_from(secrets))


def _missing_from(secrets: Path) -> list[str]:
    stored: dict[str, str] = {}
    with suppress(OSError, ValueError, TypeError):  # the site may do without the file
        stored = dict(json.loads(secrets.read_text()))
    has = {
        "SECRET_KEY": stored.get("SECRET_KEY") == settings.SECRET_KEY,
        "ENCRYPTION_KEYS": set(settings.ENCRYPTION_KEYS) <= set(stored.get("ENCRYPTION_KEYS", "").split(",")),
    }
    return [name for name, is_there in has.items() if not is_there]


def _copy_database(file: Path) -> None:
    """Copy the database as a consistent snapshot without -wal and -shm files, and without blocking writers."""
    name = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(name, timeout=20)) as source, closing(sqlite3.connect(file)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _add_folder(archive: tarfile.TarFile, name: str, folder: Path) -> int:
    """Add all files below a folder; return how many."""
    added = 0
    for path in sorted(path for path in _files_below(folder) if path.is_file()):
        with suppress(FileNotFoundError):  # deleted meanwhile
            archive.add(path, f"{name}/{path.relative_to(folder)}")
            added += 1
    return added


def _files_below(folder: Path) -> Iterator[Path]:
    """Files may be links, and so may folders, which are followed once each."""
    seen = {os.path.realpath(folder)}
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [each for each in folders if os.path.realpath(f"{parent}/{each}") not in seen]
        seen.update(os.path.realpath(f"{parent}/{each}") for each in folders)
        yield from (Path(parent, name) for name in names)


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(text.encode())
    archive.addfile(info, io.BytesIO(text.encode()))
