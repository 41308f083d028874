"""Reasoning, and what OpenRouter ran, goes back to the Responses API as it came."""

import json

import pytest

from chat.openrouter.answers.responses_items import details_of, items_of
from tests.openrouter.answers.responses import REASONING_ITEM, USAGE, answer, response
from tests.standin.details import FORMS


class TestReasoning:
    def test_items_come_back_as_they_were(self):
        other = {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": "gBBBB"}
        details = [*details_of(REASONING_ITEM), *details_of(other)]

        assert list(items_of(details, prefix="x")) == [REASONING_ITEM, other]

    def test_tools_that_openrouter_ran_come_back_whole_and_in_their_place(self):
        searched = {
            "type": "web_search_call",
            "id": "ws_1",
            "status": "completed",
            "action": {"type": "search", "query": "q"},
        }
        items = [REASONING_ITEM, searched, REASONING_ITEM | {"id": "rs_2"}]

        _, reader = answer(response(output=items, usage=USAGE))

        assert list(items_of(json.loads(reader.reasoning_details.as_json()), prefix="x")) == items

    def test_one_that_has_only_a_summary_stays_here(self):
        only_summary = {"type": "reasoning", "id": "rs_3", "summary": REASONING_ITEM["summary"]}
        nothing = {"type": "reasoning.summary", "summary": "", "id": "rs_4"}

        details = [*details_of(only_summary), nothing, *details_of(REASONING_ITEM)]

        assert list(items_of(details, prefix="x")) == [REASONING_ITEM]

    @pytest.mark.parametrize("form", FORMS)
    def test_what_came_by_chat_completions_becomes_items(self, form):
        items = list(items_of(FORMS[form], prefix="rs_0"))

        assert all(item["id"] and isinstance(item["summary"], list) for item in items)
        assert len({item["id"] for item in items}) == len(items)
