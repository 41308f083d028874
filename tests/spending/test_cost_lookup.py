"""A reply that was stopped or broke has cost something, too: OpenRouter's record says what, a little later."""

import pytest

from chat.models import Charge, Conversation
from chat.spending import cost_lookup
from chat.upstream import openrouter
from tests.django_client import Page
from tests.replies.tool_calls import BOTH, call


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


def test_of_several_requests_costs_and_tokens_are_added(alice):
    alice.asks("[[say Hello]]")
    chat = alice.latest_reply().message.conversation
    Conversation.objects.update(settings=BOTH)
    alice.standin.answers(call())
    alice.standin.answers("[[tokens n=30]] [[cut after=20]]")
    alice.asks("?", chat=chat)
    alice.standin.wait_for(lambda: alice.latest_reply().cost is not None)

    reply = alice.latest_reply()
    charge = Charge.objects.get(pk=reply.pk)
    assert charge.earlier is not None
    generations = [charge.earlier[0][0], charge.generation_id]
    key = alice.user.working_key()
    records = [openrouter().generation(key, id_) for id_ in generations]
    for name in cost_lookup.TOKENS:
        assert getattr(charge, name) == getattr(reply, name) == sum(getattr(record, name) for record in records)
    costs = [record.total_cost or 0 for record in records]
    assert charge.cost == reply.cost == sum(costs)
    assert reply.last_prompt_tokens == records[-1].prompt_tokens


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
