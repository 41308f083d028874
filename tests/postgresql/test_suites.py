"""The tests that lean on the database, once more on PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.environment import BASE_DIR

HERE = Path(__file__).parent
# They carry the mark, for what differs between engines: claims and locks (leases, limits, answers at a time), sums and
# exact amounts, lengths and characters, JSON, constraints, transactions, search, plans of queries, migrations, and
# statements that are put together by hand (the tree of a chat, the ledger, prepared ones). What a page says, what a
# request contains and what a form refuses is the same on both, and is only shown on SQLite.
MARKED = [path for path in sorted(HERE.parent.glob("*/test_*.py")) if "pytest.mark.database" in path.read_text()]


@pytest.mark.timeout(1800)
def test_they_pass(database_url):
    files = [path for path in MARKED if path.parent != HERE]  # in one process, because each takes seconds to begin
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "--no-header", "-m", "database", *files],
        cwd=BASE_DIR,
        env=ours | {"TEST_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert " skipped" not in run.stdout.splitlines()[-1]


def test_migrating_leaves_nothing_to_migrate(database_url, tmp_path):
    ours = {"DJANGO_SETTINGS_MODULE": "webapp.settings", "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}
    for command in (["migrate", "--verbosity", "0"], ["migrate", "--check"], ["check", "--database", "default"]):
        run = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=BASE_DIR,
            env={**os.environ, **ours},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr
