"""Spending limits and tools: each round of an answer counts."""

from chat.replies.tool_runs import ToolRuns
from tests.replies.tool_calls import call


class TestLimits:
    """Each round counts for the limits of the person."""

    def limit(self, person, message: str) -> None:
        user = person.user
        user.spending_limits = {"message": message}
        user.save()

    def test_a_round_that_is_not_paid_for_ends_the_answer(self, alice, tool_chat, monkeypatch):
        self.limit(alice, "5")
        monkeypatch.setattr(ToolRuns, "begin", with_change(lambda: self.limit(alice, "0.0000001")))
        page = alice.asks(call(), chat=tool_chat)

        assert page.state == "failed"
        assert page.error == "Your spending limits don't cover the next step of this answer."
        assert page.answer.select_one("details.step")["data-state"] == "done"
        reply = alice.latest_reply()
        assert reply.cost == alice.standin.billed()[reply.generation_id]

        alice.client.post(page.action("Continue anyway"), {"over_limit": "1"})
        alice.follows(alice.latest_reply())
        assert alice.looks_at(tool_chat).text.endswith("The tools returned: 42.")

    def test_what_is_reserved_covers_what_was_spent(self, alice, tool_chat):
        self.limit(alice, "5")
        alice.asks(call(rounds=2), chat=tool_chat)

        reply = alice.latest_reply()
        assert reply.cost < reply.reserved

    def test_a_message_sent_over_the_limit_is_not_stopped_between_rounds(self, alice, tool_chat):
        self.limit(alice, "0.0000001")
        page = alice.asks(call(rounds=2), chat=tool_chat, over_limit="1")

        assert page.state == "complete"


def with_change(change):
    begin = ToolRuns.begin

    def changed(self, calls):
        change()
        return begin(self, calls)

    return changed
