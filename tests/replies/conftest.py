"""Alice is signed in, and nobody waits for the sake of a reader's eyes."""

import pytest

from chat.replies import checkpoint, generate, recover
from chat.streaming import follow, stored_reply
from tests.person import Person


@pytest.fixture
def alice(alice: Person) -> Person:
    alice.signs_in()
    return alice


@pytest.fixture
def bob(bob: Person) -> Person:
    bob.signs_in()
    return bob


@pytest.fixture(autouse=True)
def _quick_clocks(monkeypatch):
    monkeypatch.setattr(generate, "FRAME_SECONDS", 0.01)
    monkeypatch.setattr(follow, "TAIL_BYTES_PER_SECOND", 10_000_000)
    monkeypatch.setattr(stored_reply, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(checkpoint, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(recover, "NOTICE_SECONDS", 0.1)
