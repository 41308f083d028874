"""What PostgreSQL says to a site that may not use it, in one sentence."""

import psycopg
import pytest

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

    assert said.startswith("DATABASE_URL must be a database that can be reached")
    assert 'role "nobody" does not exist' in said
    assert "secret-word" not in said


def test_a_user_who_may_make_no_tables(stranger, tmp_path):
    said = refuses(run(SERVE, tmp_path, DATABASE_URL=stranger))

    assert said.startswith("DATABASE_URL must name a user who owns the database: ")


def test_a_command_before_the_first_start(database_url, tmp_path):
    assert "run `manage.py migrate` first" in refuses(run(COMMAND, tmp_path, DATABASE_URL=database_url))
