"""A site as a backup has it. What was there before is put aside and not deleted."""

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

from chat.upkeep.backup import CONTENTS, DATABASE, LANGUAGES, MEDIA, SECRETS


class Unusable(Exception):
    """The archive cannot be restored here; `str()` says why."""


def is_in_the_way() -> bool:
    """Whether there is a site already. Secrets alone are none: they are made by whatever command comes first."""
    return _database().exists() or any(path.is_file() for path in Path(settings.MEDIA_ROOT).rglob("*"))


def restore(file: Path) -> Path | None:
    """Put what the archive holds in place; return the folder with what was there before, if there was anything.

    All of it is unpacked and looked at first. Raises Unusable, or OSError.
    """
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="restore-") as folder:
        unpacked = Path(folder)
        try:
            _unpack(file, unpacked)
            _look_at(unpacked)
        except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, sqlite3.Error):
            raise Unusable(f"{file} is not a backup of a site, or it is damaged.") from None
        return _put_in_place(unpacked)


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


def _look_at(folder: Path) -> None:
    if not (folder / CONTENTS).exists():
        raise ValueError  # its end is missing
    contents = json.loads((folder / CONTENTS).read_text())
    known = {name for app, name in MigrationLoader(None).disk_migrations if app == "chat"}
    if not known >= set(contents["migrations"]):
        raise Unusable(
            f"The backup is of version {contents['version']}, which is newer than this code: update it first."
        )
    if (folder / DATABASE).exists():
        if connection.vendor != "sqlite":
            raise Unusable("The backup contains a SQLite database, but DATABASE_URL is PostgreSQL.")
        with closing(sqlite3.connect(folder / DATABASE)) as database:
            if database.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise ValueError


def _put_in_place(unpacked: Path) -> Path | None:
    aside = settings.DATA_DIR / f"before-restore-{timezone.now():%Y%m%d-%H%M%S}"
    for name, place in _places(unpacked):
        if place.exists():
            aside.mkdir(mode=0o700, exist_ok=True)
            _move(place, aside / place.name)
        if (unpacked / name).exists():
            _move(unpacked / name, place)
    return aside if aside.exists() else None


def _move(source: Path, target: Path) -> None:
    """Of a folder what is in it: it may be where a disk is mounted."""
    if not source.is_dir():
        shutil.move(source, target)
        return
    target.mkdir(mode=0o700, exist_ok=True)
    for child in list(source.iterdir()):
        shutil.move(child, target / child.name)


def _places(unpacked: Path) -> Iterator[tuple[str, Path]]:
    """What comes from the archive, by its name there; -wal and -shm of the old database must not meet the new one."""
    if (unpacked / DATABASE).exists():
        yield from ((DATABASE + end, Path(f"{_database()}{end}")) for end in ("-wal", "-shm", ""))
    if (unpacked / SECRETS).exists():
        yield SECRETS, settings.DATA_DIR / SECRETS
    yield MEDIA, Path(settings.MEDIA_ROOT)
    yield LANGUAGES, settings.DATA_DIR / LANGUAGES


def _database() -> Path:
    return Path(connection.settings_dict["NAME"]) if connection.vendor == "sqlite" else settings.DATA_DIR / DATABASE
