"""A tool that asks first: the answer waits for the person's decision, and survives whatever happens meanwhile."""

import threading
from typing import Any

import pytest
from django.utils import timezone

from chat.models import Charge, Reply
from chat.replies import checkpoint, lease, live
from chat.replies.lease import LEASE
from chat.replies.recover import recover
from chat.replies.shutdown import drain
from chat.tools.tool import Permission, ToolFailed, ToolResult
from tests.replies.tool_calls import bodies, call


def asks_and_waits(person, chat):
    """The page of an answer that waits for the person's decision about a tool call."""
    person.sends(call("probe"), chat=chat)
    person.standin.wait_for(lambda: person.looks_at(chat).answer.select(".consent"))
    return person.looks_at(chat)


def decides(person, page, label: str):
    button = next(button for button in page.answer.select(".consent button") if button.text.strip() == label)
    return person.client.post(button["formaction"], {button["name"]: button["value"]})


class TestConsent:
    """A tool that asks."""

    @pytest.fixture
    def runs(self, tool_chat, offer_tool) -> list[Any]:
        seen: list[Any] = []

        def run(arguments, cancellation):
            seen.append(arguments)
            return ToolResult("done")

        offer_tool(run, permission=Permission.ASK, source="Kitchen")
        return seen

    def test_the_answer_waits_and_says_what_the_tool_would_do(self, alice, tool_chat, runs):
        page = asks_and_waits(alice, tool_chat)

        assert not runs
        assert "Kitchen" in page.answer.select_one(".consent").text
        assert "6*7" in page.answer.select_one(".consent").text
        assert page.answer.select_one("details.step")["data-state"] == "asked"
        alice.client.post(alice.latest_reply().cancellation_url)

    @pytest.mark.parametrize(
        ("label", "state", "ran", "result"),
        [
            ("Allow once", "done", 1, "done"),
            ("Allow in this chat", "done", 1, "done"),
            ("Don't allow", "refused", 0, "The person did not allow this call."),
        ],
    )
    def test_the_person_decides(self, alice, tool_chat, runs, label, state, ran, result):
        decides(alice, asks_and_waits(alice, tool_chat), label)
        alice.follows(alice.latest_reply())

        page = alice.looks_at(tool_chat)
        assert page.state == "complete"
        assert page.answer.select_one("details.step")["data-state"] == state
        assert len(runs) == ran
        assert bodies(alice)[-1]["messages"][-1]["content"] == result

    def test_allowed_in_this_chat_it_asks_again_only_after_the_tool_changes(self, alice, tool_chat, runs, offer_tool):
        decides(alice, asks_and_waits(alice, tool_chat), "Allow in this chat")
        alice.follows(alice.latest_reply())
        assert alice.asks(call("probe"), chat=tool_chat).state == "complete"
        assert len(runs) == 2

        offer_tool(
            lambda *_: ToolResult("?"), permission=Permission.ASK, source="Kitchen", parameters={"type": "object"}
        )
        asks_and_waits(alice, tool_chat)
        alice.client.post(alice.latest_reply().cancellation_url)

    def test_stop_ends_the_wait_and_continue_asks_again(self, alice, tool_chat, runs):
        asks_and_waits(alice, tool_chat)
        alice.client.post(alice.latest_reply().cancellation_url)
        alice.follows(alice.latest_reply())

        page = alice.looks_at(tool_chat)
        assert page.state == "stopped"
        assert page.answer.select_one("details.step")["data-state"] == "failed"
        assert alice.latest_reply().cost is not None
        alice.client.post(page.action("Continue"))
        alice.standin.wait_for(lambda: alice.looks_at(tool_chat).answer.select(".consent"))
        decides(alice, alice.looks_at(tool_chat), "Allow once")
        alice.follows(alice.latest_reply())
        assert alice.looks_at(tool_chat).text.endswith("The tools returned: done.")
        assert len(runs) == 1

    def test_a_continued_answer_is_paid_for_once(self, alice, tool_chat, runs):
        asks_and_waits(alice, tool_chat)
        alice.client.post(alice.latest_reply().cancellation_url)
        alice.follows(alice.latest_reply())
        first = alice.latest_reply()
        alice.client.post(alice.looks_at(tool_chat).action("Continue"))
        alice.standin.wait_for(lambda: alice.looks_at(tool_chat).answer.select(".consent"))
        decides(alice, alice.looks_at(tool_chat), "Allow once")
        alice.follows(alice.latest_reply())

        reply = alice.latest_reply()
        charge = Charge.objects.get(pk=reply.pk)
        billed = alice.standin.billed()
        assert charge.cost == reply.cost == billed[reply.generation_id]
        assert charge.earlier is None
        assert reply.last_prompt_tokens == reply.prompt_tokens == charge.prompt_tokens > first.prompt_tokens
        assert sum(charge.cost for charge in Charge.objects.all()) == sum(billed.values())

    def test_the_death_of_the_process_keeps_the_steps_and_their_cost(self, alice, tool_chat, runs):
        asks_and_waits(alice, tool_chat)
        reply = alice.latest_reply()
        live_reply = live.find(reply.pk)
        assert live_reply
        assert checkpoint.store_now(live_reply)
        live.unregister(live_reply)
        Reply.objects.filter(pk=reply.pk).update(lease_until=timezone.now() - LEASE)
        recover(Reply.objects.filter(pk=reply.pk))

        page, reply = alice.looks_at(tool_chat), alice.latest_reply()
        assert (page.state, page.answer.select_one("details.step")["data-state"]) == ("interrupted", "failed")
        assert reply.cost == alice.standin.billed()[reply.generation_id]
        assert page.action("Continue")
        live_reply.stop()

    def test_another_process_hears_of_the_decision_through_the_database(self, alice, tool_chat, runs):
        page = asks_and_waits(alice, tool_chat)
        live_reply = live.find(alice.latest_reply().pk)
        assert live_reply
        assert checkpoint.store_now(live_reply)
        live.unregister(live_reply)
        decides(alice, page, "Allow once")
        live.register(live_reply)
        checkpoint.ensure_running()
        alice.follows(alice.latest_reply())

        assert runs
        assert alice.looks_at(tool_chat).state == "complete"

    def test_a_shutdown_does_not_wait_for_the_person(self, alice, tool_chat, runs, monkeypatch):
        monkeypatch.setattr(lease, "_is_closed", False)  # what drain() closes is open again afterwards
        asks_and_waits(alice, tool_chat)
        drain(grace_seconds=600)

        page = alice.looks_at(tool_chat)
        assert (page.state, page.action("Continue")[:9]) == ("interrupted", "/replies/")

    def test_a_stranger_cannot_decide(self, alice, bob, tool_chat, runs):
        page = asks_and_waits(alice, tool_chat)
        bob.signs_in()

        assert decides(bob, page, "Allow once").status_code == 404
        assert not runs
        alice.client.post(alice.latest_reply().cancellation_url)


def test_a_call_that_was_cut_off_runs_again_only_if_the_person_says_so(alice, tool_chat, offer_tool):
    begun, seen = threading.Event(), []

    def run(arguments, cancellation):
        seen.append(arguments)
        begun.set()
        stopped = threading.Event()
        cancellation.on_cancel(stopped.set)
        if len(seen) == 1:
            stopped.wait(60)
            raise ToolFailed("Stopped.")
        return ToolResult("again")

    offer_tool(run, source="Kitchen")
    alice.sends(call("probe"), chat=tool_chat)
    reply = alice.latest_reply()
    alice.standin.wait_for(lambda: (alice.follows and begun.is_set()) or (alice.looks_at(tool_chat) and begun.is_set()))
    alice.client.post(reply.cancellation_url)
    alice.follows(reply)

    page = alice.looks_at(tool_chat)
    assert (page.state, page.answer.select_one("details.step")["data-state"]) == ("stopped", "failed")
    alice.client.post(page.action("Continue"))
    alice.standin.wait_for(lambda: alice.looks_at(tool_chat).answer.select(".consent"))
    assert "may have run already" in alice.looks_at(tool_chat).answer.select_one(".consent").text
    assert len(seen) == 1
    decides(alice, alice.looks_at(tool_chat), "Allow once")
    alice.follows(alice.latest_reply())
    assert alice.looks_at(tool_chat).text.endswith("The tools returned: again.")
