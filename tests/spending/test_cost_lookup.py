"""A reply that was stopped or broke has cost something, too: OpenRouter's record says what, a little later."""

import pytest

from chat.spending import cost_lookup
from tests.django_client import Page


@pytest.fixture(autouse=True)
def _quick(alice, monkeypatch):
    alice.signs_in()
    monkeypatch.setattr(cost_lookup, "DELAYS_SECONDS", (0.02,) * 100)
    alice.standin.settings.generation_seconds = 0.3


def test_a_broken_reply_gets_its_cost_and_says_where_from(alice):
    page = alice.asks("[[tokens n=30]] [[cut after=20]]")
    assert page.state == "interrupted"
    reply = alice.latest_reply()

    alice.standin.wait_for(lambda: alice.latest_reply().cost is not None)
    page = alice.looks_at(reply.message.conversation)
    assert alice.latest_reply().is_cost_looked_up
    assert "cost from OpenRouter's records" in page.answer.get_text()


def test_a_complete_reply_is_not_looked_up(alice):
    alice.asks("[[say Hello]]")

    assert alice.latest_reply().cost is not None
    assert not alice.latest_reply().is_cost_looked_up
    assert not [request for request in alice.standin.requests if request.path.endswith("/generation")]


def test_a_refused_request_has_no_record_to_look_up(alice):
    page: Page = alice.asks("[[error 402 credits]]")

    assert page.state == "failed"
    assert not [request for request in alice.standin.requests if request.path.endswith("/generation")]


def test_a_record_that_never_comes_leaves_the_cost_unknown(alice, monkeypatch):
    monkeypatch.setattr(cost_lookup, "DELAYS_SECONDS", (0.01, 0.01))
    alice.standin.settings.generation_seconds = 1000
    alice.asks("[[tokens n=30]] [[cut after=20]]")

    alice.standin.wait_for(
        lambda: len([request for request in alice.standin.requests if request.path.endswith("/generation")]) == 2
    )
    assert alice.latest_reply().cost is None
