"""The cast and the stage: Alice owns, Bob must see nothing; OpenRouter is the stand-in, over a real socket."""

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.models.signals import post_migrate
from django.template import Template

from chat.accounts import key_status
from chat.catalogue import cache, personal_models, token_calibration
from chat.deletion import conversations
from chat.pages.draft import DRAFTS_OF_ONE_ADDRESS
from chat.replies import generate, live
from chat.spending import cost_lookup
from chat.upstream import client
from chat.views.signin import SIGN_INS_OF_ONE_ADDRESS
from tests.django_client import Person
from tests.empty_tables import flush_quickly
from tests.held_connections import note_held_connections
from tests.site import put_database
from tests.standin import StandIn
from tests.stored_models import store_models

RENDER = Template._render  # type: ignore[attr-defined]  # before Django's test environment puts another one in its place
THREADS = ("reply ", "completion ", "cost-lookup-", "title-", "deletion", "personal-models-", "key-status-")


def pytest_configure() -> None:
    """Thousands of tests are collected, and all of them stay: looking for garbage among them would find none."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that one worker does not end alone with it: the suites that run again on PostgreSQL."""
    items.sort(key=lambda item: "postgresql" not in item.nodeid)


@pytest.fixture(scope="session", autouse=True)
def _plain_rendering(django_test_environment: None) -> None:
    """Django's test client copies the context of each template for who asks, a hundred times a page."""
    Template._render = RENDER  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """To copy a migrated database takes a tenth of the time of the migrations."""
    if connection.vendor != "sqlite":
        yield
        return
    database = Path(connection.settings_dict["TEST"]["NAME"])
    remove_database(database)  # one that a killed run has left
    put_database(database)
    yield
    remove_database(database)


def remove_database(database: Path) -> None:
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Whether Django takes the database that is there."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Emptying the database after a test fills in content types and permissions again, which nobody here asks for."""
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    if connection.vendor == "postgresql":
        flush_quickly()


@pytest.fixture(scope="session")
def one_standin() -> Iterator[StandIn]:
    """The stand-in of all tests of a process. Fixtures that lend it reset it afterwards: a queued answer stays."""
    with StandIn() as standin:
        yield standin


@pytest.fixture
def standin(one_standin: StandIn, settings, tmp_path) -> Iterator[StandIn]:
    """An OpenRouter that remembers nothing of the test before, and leaves nothing to the next."""
    one_standin.reset()
    settings.OPENROUTER_URL = one_standin.url
    settings.MEDIA_ROOT = tmp_path / "media"
    client.cache_clear()
    cache.reset()
    token_calibration.reset()
    DRAFTS_OF_ONE_ADDRESS.clear()
    SIGN_INS_OF_ONE_ADDRESS.clear()
    for limit in (personal_models.LOOKS, key_status.LOOKS, key_status.REQUESTS):
        limit.clear()
    yield one_standin
    one_standin.reset()


@pytest.fixture
def site(standin: StandIn, transactional_db, monkeypatch) -> Iterator[None]:
    """The site with its threads (THREADS), which end before the database is emptied."""
    monkeypatch.setattr(generate, "FRAME_SECONDS", 0.005)
    monkeypatch.setattr(cost_lookup, "DELAYS_SECONDS", ())
    # What pages fetch in the background has tests of its own.
    monkeypatch.setattr(personal_models, "spawn", lambda name, work: None)
    monkeypatch.setattr(key_status, "spawn", lambda name, work: None)
    monkeypatch.setattr(key_status, "spawn_later", lambda seconds, name, work: None)
    key_status._scheduled.clear()
    store_models()
    held = note_held_connections(monkeypatch)
    yield
    generate.cancel_delayed_starts()
    conversations.stop_sweeping()
    for reply in live.running():
        reply.stop()
    standin.wait_for(lambda: not any(thread.name.startswith(THREADS) for thread in threading.enumerate()))
    assert not held, "the site waits for others with an open database connection"


@pytest.fixture
def alice(standin: StandIn, site) -> Person:
    return Person("alice", standin)


@pytest.fixture
def bob(standin: StandIn, site) -> Person:
    return Person("bob", standin)
