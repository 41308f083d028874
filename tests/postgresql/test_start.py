"""Sites that begin on PostgreSQL: what it does not allow is one sentence, and several may begin at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest

from tests.site import Site
from tests.webapp.test_migrating import NEWER, PROCESSES, all_migrate
from tests.webapp.test_start import COMMAND, SERVE, refuses, run


@pytest.fixture(params=["ALL", "CREATE"])
def stranger(database_url: str, request: pytest.FixtureRequest) -> str:
    """The address of the database for somebody who may connect, and nothing else."""
    with psycopg.connect(database_url) as owner:
        owner.execute(f"REVOKE {request.param} ON SCHEMA public FROM PUBLIC")
        owner.execute("DROP ROLE IF EXISTS stranger")
        owner.execute("CREATE ROLE stranger LOGIN PASSWORD 'secret-word'")
    return database_url.replace("//postgres:@", "//stranger:secret-word@")


@pytest.mark.parametrize("what", [SERVE, COMMAND], ids=["serve", "command"])
def test_a_name_or_password_that_it_does_not_know(database_url, tmp_path, what):
    said = refuses(run(what, tmp_path, DATABASE_URL=database_url.replace("//postgres:@", "//nobody:secret-word@")))

    assert said.startswith("DATABASE_URL must be the address of a database that can be reached")
    assert 'role "nobody" does not exist' in said
    assert "secret-word" not in said


def test_a_user_who_may_make_no_tables(stranger, tmp_path):
    said = refuses(run(SERVE, tmp_path, DATABASE_URL=stranger))

    assert said.startswith("DATABASE_URL must name a user who owns the database: ")


def test_a_command_before_the_first_start(database_url, tmp_path):
    assert "Run `manage.py migrate`" in refuses(run(COMMAND, tmp_path, DATABASE_URL=database_url))


def test_processes_that_migrate_together_all_succeed(database_url, tmp_path):
    assert all_migrate(tmp_path, DATABASE_URL=database_url) == [(0, "")] * PROCESSES


@pytest.mark.timeout(400)
def test_sites_that_start_together_all_serve(one_standin, tmp_path, database_url):
    ours = {"openrouter_url": one_standin.url, "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "data")}
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as stack, ThreadPoolExecutor(len(folders)) as pool:
        sites = list(pool.map(lambda folder: stack.enter_context(Site(folder, **ours)), folders))

    assert not [site.log() for site in sites if "Traceback" in site.log()]


def test_code_that_is_older_than_its_database_is_refused(database_url, tmp_path):
    assert run(["manage.py", "migrate"], tmp_path, DATABASE_URL=database_url).returncode == 0
    with psycopg.connect(database_url) as newer:
        newer.execute(NEWER)

    assert "newer than this code" in refuses(run(SERVE, tmp_path, DATABASE_URL=database_url))
