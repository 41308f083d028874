"""Several processes that start at the same moment on an empty database, and one that is older than its database."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.settings import SITE_VARIABLES
from tests.site import put_database
from tests.webapp.test_start import COMMAND, SERVE, refuses, run
from webapp.environment import BASE_DIR

PROCESSES = 3
NEWER = "INSERT INTO django_migrations (app, name, applied) VALUES ('chat', '9999_to_come', '2030-01-01')"


def all_migrate(folder: Path, **settings: str) -> list[tuple[int, str]]:
    """The exit code of each, and what it said."""
    ours = dict.fromkeys(SITE_VARIABLES, "") | {"DATA_DIR": str(folder)} | settings
    started = [
        subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=BASE_DIR,
            env={"PATH": os.environ["PATH"], **ours},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    said = [process.communicate()[1] for process in started]
    return [(process.returncode, words) for process, words in zip(started, said, strict=True)]


def test_all_of_them_succeed(tmp_path):
    assert all_migrate(tmp_path) == [(0, "")] * PROCESSES


@pytest.mark.parametrize("what", [SERVE, ["manage.py", "migrate"]], ids=["serve", "migrate"])
def test_code_that_is_older_than_its_database_is_refused(tmp_path, what):
    put_database(tmp_path / "potluck.sqlite3")
    with closing(sqlite3.connect(tmp_path / "potluck.sqlite3")) as newer, newer:
        newer.execute(NEWER)

    assert "newer than this code (it has chat 9999_to_come)" in refuses(run(what, tmp_path))
    assert run(COMMAND, tmp_path).returncode == 0
