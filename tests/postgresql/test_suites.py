"""The tests that lean on the database, once more on PostgreSQL."""

import os
import subprocess
import sys

import pytest

from webapp.environment import BASE_DIR

# What differs between engines: claims, locks, constraints, lengths, characters, transactions, search.
SUITES = {
    "conversations": ("search", "search_index"),
    "views": ("import", "leaving", "list_cost", "messages", "uploads"),
    "replies": ("checkpoint", "claim", "continuation", "elsewhere", "limits", "odd_values", "read_back"),
}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("folder", SUITES)
def test_they_pass(database_url, folder):
    files = [f"tests/{folder}/test_{name}.py" for name in SUITES[folder]]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", "--no-header", *files],
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
