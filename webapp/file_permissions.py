"""Restricts the permissions of the site's files to its own user, also of files that were created otherwise."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

FOLDER_MODE, FILE_MODE = 0o700, 0o600


def restrict_permissions(data_dir: Path, database: dict[str, Any]) -> None:
    """Remove other users' permissions. DATA_DIR itself, and files that are not the site's, stay as they are."""
    for path in [*_files_of(data_dir, database), *_within(data_dir / "media")]:
        with suppress(OSError):  # owned by another user, or deleted meanwhile
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)


def _files_of(data_dir: Path, database: dict[str, Any]) -> Iterator[Path]:
    yield data_dir / "secrets.json"
    if "sqlite3" in database["ENGINE"]:
        yield from (Path(database["NAME"] + end) for end in ("", "-wal", "-shm", ".lock"))


def _within(folder: Path) -> Iterator[Path]:
    """Yield all files and then the folder itself.

    A folder without permissions for others is skipped: it was completed before, and there may be many images in it.
    """
    if folder.is_dir() and folder.stat().st_mode & 0o077:
        for path, _, names in os.walk(folder, topdown=False):
            yield from (file for name in names if not (file := Path(path) / name).is_symlink())
            yield Path(path)
