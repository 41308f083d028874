"""One OpenRouter, and people who visit real sites."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.postgresql.conftest import new_database
from tests.standin import StandIn
from tests.survival.postgresql import PostgreSQL
from tests.survival.site_process import KillableSite

Opens = Callable[..., KillableSite]


@pytest.fixture
def openrouter(one_standin: StandIn) -> Iterator[StandIn]:
    one_standin.reset()
    yield one_standin
    one_standin.reset()


@pytest.fixture
def opens(openrouter: StandIn, tmp_path: Path) -> Iterator[Opens]:
    """Start a site; all of one test share their data."""
    opened: list[KillableSite] = []
    with ExitStack() as stack:

        def open_site(name: str = "one", **settings: str) -> KillableSite:
            ours = {"DATA_DIR": str(tmp_path / "data"), **settings}
            opened.append(stack.enter_context(KillableSite(tmp_path / name, openrouter_url=openrouter.url, **ours)))
            return opened[-1]

        yield open_site
        for site in opened:  # all before the first is waited for
            site.terminate()


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """For a test that runs on each."""
    if request.param == "SQLite":
        yield ""
    else:
        with new_database(request.getfixturevalue("server").url) as url:
            yield url
