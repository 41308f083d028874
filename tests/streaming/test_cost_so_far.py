"""The running cost of an answer beside Stop, and what a stopped one came to, as long as its exact cost is not known."""

import re
from decimal import Decimal

import pytest

from chat.models import Conversation, Reply
from chat.replies import live
from chat.streaming import cost_so_far
from tests.replies.test_stop import stops

SONNET, FREE, ROUTER = "anthropic/claude-sonnet-5", "google/gemma-4-31b-it:free", "openrouter/auto"
LONG = "Bread and butter. " * 1_500


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(cost_so_far, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(cost_so_far, "PAUSE_SECONDS", 0.02)


def costs_in(stream: str, reply: Reply) -> list[Decimal]:
    """The running costs that a stream sent, in order."""
    found = re.findall(rf'hx-target="#so-far-{reply.pk}" hx-swap="innerHTML">~\$([\d.]+) so far<', stream)
    return [Decimal(amount) for amount in found]


def follows(alice, question: str, **fields) -> tuple[str, Reply]:
    alice.sends_with_htmx(question, **fields)
    reply = alice.latest_reply()
    return alice.follows(reply), reply


def test_it_grows_with_the_answer_and_is_near_its_cost(alice):
    stream, reply = follows(alice, f"{LONG} [[markdown kb=4 rate=2000]]", model=SONNET)
    costs = costs_in(stream, reply)

    assert len(costs) > 2
    assert costs == sorted(costs)
    assert float(costs[-1]) == pytest.approx(float(alice.latest_reply().cost), rel=0.3)


@pytest.mark.parametrize("model", [FREE, ROUTER])
def test_free_and_unknown_prices_show_nothing(alice, model):
    stream, reply = follows(alice, f"{LONG} [[markdown kb=2 rate=2000]]", model=model)
    assert costs_in(stream, reply) == []


def test_less_than_a_tenth_of_a_cent_shows_nothing(alice):
    stream, reply = follows(alice, "[[tokens n=20 rate=200]]")
    assert costs_in(stream, reply) == []


def test_short_answers_show_nothing(alice, monkeypatch):
    monkeypatch.setattr(cost_so_far, "FIRST_SECONDS", 60.0)
    stream, reply = follows(alice, f"{LONG} [[markdown kb=2 rate=2000]]", model=SONNET)
    assert costs_in(stream, reply) == []


def test_its_place_is_beside_stop(alice):
    page = alice.sends_with_htmx("[[say Hello.]]").content.decode()
    reply = alice.latest_reply()
    action = page.partition('hx-target="#composer-action"')[2].partition("</hx-partial>")[0]
    assert f'<span id="so-far-{reply.pk}"' in action


def test_side_by_side_each_column_has_its_own(alice):
    page = alice.sends_with_htmx(
        "[[say Hello.]]", model=SONNET, compare=["anthropic/claude-haiku-4.5"]
    ).content.decode()
    places = re.findall(r'<span id="so-far-([^"]+)"', page)

    assert sorted(places) == sorted(str(pk) for pk in Reply.objects.values_list("pk", flat=True))
    assert all(page.index(f'id="so-far-{place}"') < page.index(f'id="answer-{place}"') for place in places)


def test_a_stopped_answer_shows_what_it_came_to_and_then_what_it_cost(alice):
    alice.sends(f"{LONG} [[tokens n=20]] [[mute after=10]]", model=SONNET)
    reply = alice.latest_reply()
    alice.standin.wait_for(lambda: (made := live.find(reply.pk)) and not made.written.is_empty)
    stops(alice, reply)
    alice.standin.wait_for(lambda: not live.running())
    chat = Conversation.objects.get()
    page = alice.looks_at(chat)
    assert "about $0.0" in page.answer.select_one(".facts > summary").get_text()
    assert chat.cost is None  # an estimate is in no sum

    Reply.objects.update(cost=Decimal("0.25"))
    summary = alice.looks_at(chat).answer.select_one(".facts > summary").get_text()
    assert "$0.25" in summary
    assert "about" not in summary


def test_what_cannot_be_estimated_stays_unknown(alice):
    alice.sends("[[tokens n=20]] [[mute after=10]]", model=ROUTER)
    reply = alice.latest_reply()
    alice.standin.wait_for(lambda: (made := live.find(reply.pk)) and not made.written.is_empty)
    stops(alice, reply)
    alice.standin.wait_for(lambda: not live.running())
    page = alice.looks_at(Conversation.objects.get())

    assert alice.latest_reply().estimated_cost is None
    assert "\N{EN DASH}" in page.answer.select_one(".facts > summary").get_text()
