"""One site for all: the real server, its greenlets and its SQLite file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http_client import Visitor
from tests.hub.bystander import Bystander
from tests.hub.loop_share import Worker
from tests.site import Site
from tests.standin import StandIn


@pytest.fixture(scope="session")
def one_standin() -> Iterator[StandIn]:
    """One that no other tests have: the site outlives these tests, and asks for answers that nobody reads 3 s later."""
    with StandIn() as standin:
        yield standin


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session")
def one_site(folder: Path, one_standin: StandIn) -> Iterator[Site]:
    with Site(folder, openrouter_url=one_standin.url) as site:
        yield site


@pytest.fixture
def site(one_site: Site, one_standin: StandIn) -> Site:
    one_standin.reset()
    return one_site


@pytest.fixture
def alice(site: Site, one_standin: StandIn) -> Iterator[Visitor]:
    with Visitor(site, one_standin) as visitor:
        yield visitor


@pytest.fixture
def bob(site: Site, one_standin: StandIn) -> Iterator[Visitor]:
    with Visitor(site, one_standin, "bob") as visitor:
        yield visitor


@pytest.fixture
def bystander(alice: Visitor) -> Iterator[Bystander]:
    with Bystander(alice) as bystander:
        yield bystander


@pytest.fixture
def worker(site: Site) -> Worker:
    return Worker(site)
