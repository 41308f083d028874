"""OpenRouter's own tools for the web: what asks for them, and the steps that they become."""

import pytest

from chat.models import Conversation
from tests.replies.tool_calls import bodies


class TestTheWeb:
    """OpenRouter's own tools."""

    def test_they_are_in_the_request_when_the_chat_has_them(self, alice, tool_chat):
        Conversation.objects.update(
            settings={"web_search": True, "web_search_engine": "exa", "web_search_max_results": 3, "web_fetch": True}
        )
        alice.asks("What is a potluck?", chat=tool_chat)

        assert bodies(alice)[-1]["tools"] == [
            {"type": "openrouter:web_search", "parameters": {"engine": "exa", "max_results": 3}},
            {"type": "openrouter:web_fetch", "parameters": {"engine": "openrouter"}},
        ]
        assert bodies(alice)[-1]["stop_server_tools_when"] == [{"type": "step_count_is", "step_count": 10}]

    @pytest.mark.parametrize(("shape", "query"), [("details", True), ("calls", True), ("counted", False)])
    def test_a_search_is_a_step_and_its_sources_are_linked(self, alice, tool_chat, shape, query):
        Conversation.objects.update(settings={"web_search": True})
        page = alice.asks(f"[[search {shape}]]", chat=tool_chat)

        (step,) = page.answer.select("details.step")
        assert (step["data-tool"], step["data-state"]) == ("openrouter:web_search", "done")
        assert ("potluck" in step.summary.text) is query
        assert [link["href"] for link in page.answer.select("#" + page.answer["id"].replace("answer", "done") + " a")]
        assert alice.latest_reply().cost_details["web_search_requests"] == 1
        assert len(bodies(alice)) == 2
