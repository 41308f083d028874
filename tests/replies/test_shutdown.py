"""SIGTERM: nothing new is begun, what runs may finish, the rest is stored as it is."""

import pytest

from chat.replies import lease, live
from chat.replies.shutdown import drain


@pytest.fixture(autouse=True)
def _open_again(monkeypatch):
    monkeypatch.setattr(lease, "_is_closed", False)  # what drain() closes is open again afterwards


def test_what_runs_may_finish(alice):
    alice.sends("[[tokens n=30 rate=100]]")
    drain(grace_seconds=50)

    reply = alice.latest_reply()
    assert (reply.state, reply.message.text.split()[-1]) == ("complete", "30")


def test_what_does_not_is_stored_and_marked(alice):
    alice.sends("[[mute after=5]]")
    alice.standin.wait_for(lambda: live.running() and live.running()[0].deltas)
    drain(grace_seconds=0.3)

    reply = alice.latest_reply()
    assert (reply.state, reply.error_kind) == ("interrupted", "worker_died")
    assert reply.message.text
    assert "Retry" in alice.looks_at(reply.message.conversation).answer.get_text()
    alice.standin.wait_for(lambda: alice.standin.closed_early)


def test_nothing_new_is_begun_and_what_waits_is_begun_by_the_next_process(alice, monkeypatch):
    drain(grace_seconds=0)
    alice.sends("[[say Hello]]")
    assert alice.latest_reply().state == "waiting"
    assert not alice.standin.chat_requests

    monkeypatch.setattr(lease, "_is_closed", False)
    monkeypatch.setattr("chat.replies.catch_up.START_DELAY_SECONDS", 0)
    alice.looks_at(alice.latest_reply().message.conversation)
    alice.standin.wait_for(lambda: alice.latest_reply().state == "complete")
