"""The parts of a cost below an answer: tokens, tools, and what the provider bills itself."""

from decimal import Decimal

import pytest

from chat.models import Conversation, Reply
from tests.django_client import Page
from tests.replies.test_odd_values import answers
from tests.standin.wire import Wire

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")
USAGE = {"prompt_tokens": 5, "completion_tokens": 2}


def facts_on(page: Page) -> str:
    return " | ".join(" ".join(span.get_text().split()) for span in page.answer.select(".facts > p > span"))


def asks_for(person, **usage) -> Page:
    person.signs_in()
    answers(person, wire.text("Hello"), usage=USAGE | usage)
    return person.asks("Hello?")


@pytest.mark.database
@pytest.mark.parametrize("spelling", ["now", "docs", "both"])
def test_tools_are_named_with_what_they_cost(alice, spelling):
    alice.signs_in()
    page = alice.asks(f"[[tools {spelling} cost=0.02 calls=2 searches=2]] [[say Found]]")
    reply = alice.latest_reply()

    assert "including $0.02 for tools (2 web searches)" in facts_on(page)
    assert "for input, " in facts_on(page)
    assert reply.cost > Decimal("0.02")
    assert reply.cost_details["server_tool_cost"] == "0.02"
    assert reply.cost_details["web_search_requests"] == 2


def test_with_the_persons_own_key_the_provider_bills_the_rest(alice):
    alice.signs_in()
    page = alice.asks("[[byok]] [[say Yours]]")
    upstream = Decimal(alice.latest_reply().cost_details["upstream_inference_cost"])

    assert alice.latest_reply().cost == 0
    assert upstream > 0
    assert "the provider bills $0.0" in facts_on(page)
    assert "free" not in page.answer.select_one(".facts > summary").get_text()


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        ({"cost_details": {"server_tool_cost": 0.01}}, "including $0.01 for tools"),
        ({"server_tool_use": {"tool_calls_executed": 1, "web_search_requests": 0}}, "1 tool call"),
        ({"server_tool_use": {"tool_calls_executed": 3, "web_search_requests": 1}}, "3 tool calls, 1 web search"),
        ({"server_tool_use_details": {"web_search_requests": 1}}, "1 web search"),
        ({"completion_tokens_details": {"image_tokens": 1290}}, "1,290 of the output tokens for images"),
        ({"is_byok": True, "cost_details": {"upstream_inference_cost": None}}, "the provider bills the rest"),
    ],
)
def test_what_is_known_is_said(alice, usage, said):
    assert said in facts_on(asks_for(alice, cost=0.02, **usage))


@pytest.mark.parametrize(("completion", "is_said"), [(0.0000032, True), (0.0000031, False), (None, False)])
def test_input_and_output_are_parts_only_where_they_add_up(alice, completion, is_said):
    upstream = {"upstream_inference_prompt_cost": 0.0000084, "upstream_inference_completions_cost": completion}
    page = asks_for(alice, cost=0.0200116, cost_details=upstream | {"server_tool_cost": 0.02})

    assert ("$0.0000084 for input, $0.0000032 for output" in facts_on(page)) is is_said


def test_nothing_is_said_of_odd_values(alice):
    page = asks_for(alice, cost=0.1, is_byok="yes", cost_details=[1], server_tool_use={"web_search_requests": "2"})

    assert page.state == "complete"
    assert alice.latest_reply().cost_details is None
    assert " for " not in facts_on(page)
    assert Reply.objects.filter(cost_details__isnull=True).exists()  # not null as JSON


def test_a_copy_has_no_parts_of_its_own(alice):
    alice.signs_in()
    alice.asks("[[tools]] [[say Found]]")
    alice.client.post(f"/messages/{alice.latest_reply().message_id}/fork/")
    copy = Conversation.objects.exclude(branched_from=None).get()

    assert "for tools" not in facts_on(alice.looks_at(copy))
