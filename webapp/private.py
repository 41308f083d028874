"""What the site keeps is for its own user alone, also in a folder that somebody else had made or filled."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

FOLDER_MODE, FILE_MODE = 0o700, 0o600


def tighten(data_dir: Path, database: dict[str, Any]) -> None:
    """Take from others what they may do with it. DATA_DIR itself, and what is not the site's own, stay as they are."""
    for path in [*_files_of(data_dir, database), *_within(data_dir / "media")]:
        with suppress(OSError):  # somebody else's, or gone just now
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)


def _files_of(data_dir: Path, database: dict[str, Any]) -> Iterator[Path]:
    yield data_dir / "secrets.json"
    if "sqlite3" in database["ENGINE"]:
        yield from (Path(database["NAME"] + end) for end in ("", "-wal", "-shm", ".lock"))


def _within(folder: Path) -> Iterator[Path]:
    """The folder last: one that is closed to others was gone through before, and there may be many images."""
    if folder.is_dir() and folder.stat().st_mode & 0o077:
        for here, _, names in os.walk(folder, topdown=False):
            yield from (file for name in names if not (file := Path(here) / name).is_symlink())
            yield Path(here)
