"""Spending limits and tools: each round of an answer counts."""

from decimal import Decimal

from chat.replies.tool_runs import ToolRuns
from chat.tools.tool import Permission, ToolResult
from tests.replies.test_tool_consent import asks_and_waits, decides
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

    def test_an_answer_that_is_continued_is_reserved_for_once(self, alice, tool_chat, offer_tool):
        self.limit(alice, "0.002")  # which every answer would use up
        offer_tool(lambda *_: ToolResult("done"), permission=Permission.ASK, source="Kitchen")
        asks_and_waits(alice, tool_chat)
        alice.client.post(alice.latest_reply().cancellation_url)
        alice.follows(alice.latest_reply())
        alice.client.post(alice.looks_at(tool_chat).action("Continue"))
        alice.standin.wait_for(lambda: alice.looks_at(tool_chat).answer.select(".consent"))
        decides(alice, alice.looks_at(tool_chat), "Allow once")
        alice.follows(alice.latest_reply())

        assert alice.looks_at(tool_chat).state == "complete"
        assert alice.latest_reply().reserved <= Decimal("0.002")

    def test_rounds_that_cost_nothing_are_not_added_up(self, alice, tool_chat):
        self.limit(alice, "5")
        alice.asks(call(), chat=tool_chat)
        paid = alice.latest_reply().reserved
        alice.asks(f"{call(rounds=3)} [[byok]]", chat=tool_chat)

        assert alice.latest_reply().reserved < 2 * paid

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
