from collections.abc import Callable, Iterator

import pytest

from tests.standin import StandIn
from tests.standin.client import Client
from tests.standin.recordings import Recording, read


@pytest.fixture(scope="session")
def running_standin() -> Iterator[StandIn]:
    with StandIn(rate=5000, comment_seconds=0.02) as standin:
        yield standin


@pytest.fixture
def standin(running_standin: StandIn) -> Iterator[StandIn]:
    yield running_standin
    running_standin.reset()


@pytest.fixture
def alice(standin: StandIn) -> Client:
    return Client(standin, standin.make_key("alice"))


@pytest.fixture
def recording() -> Callable[[str], Recording]:
    """Reads a recorded answer by its name; skips where there are no recordings."""
    return read
