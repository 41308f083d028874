"""Answers that are asked for by the Responses API: everything on the page is as with chat completions."""

import json
from typing import Any

import pytest

from chat.models import Charge, Conversation, Reply
from chat.replies import live
from tests.django_client import image_file

BOTH = {"tools": ["calculator", "current_time"]}


@pytest.fixture
def chat(alice):
    """A chat of Alice that uses the Responses API."""
    alice.asks("[[say Hello]]")
    return settings(transport="responses")


def settings(**values) -> Conversation:
    Conversation.objects.update(settings={"transport": "responses"} | values)
    return Conversation.objects.get()


def asked(person) -> list[Any]:
    """The bodies of requests to the Responses API, each of which has to be complete."""
    return [request.body for request in person.standin.requests if request.path == "/api/v1/responses"]


def kinds(items) -> list[str]:
    return [item.get("role") or item["type"] for item in items]


def test_a_chat_chooses_it_in_its_settings(alice, chat):
    page = alice.client.get(f"/chats/{chat.id}/settings/").content.decode()
    assert 'name="transport"' in page

    alice.client.post(f"/chats/{chat.id}/settings/", {"transport": "responses", "system": "Be brief."})
    page = alice.asks("[[say Good morning]]", chat=chat)

    (body,) = asked(alice)
    assert page.text == "Good morning"
    assert kinds(body["input"]) == ["system", "user", "assistant", "user"]
    assert body["max_output_tokens"]
    assert body["session_id"] == str(chat.id)
    assert not {"messages", "max_completion_tokens", "store"} & set(body)


def test_reasoning_is_shown_and_goes_back_unchanged(alice, chat):
    page = alice.asks("[[details summary]] [[say Two parts.]]", chat=chat)
    assert "Looking at both parts" in page.answer.text
    alice.asks("[[say Fine]]", chat=chat)

    (sent,) = [item for item in asked(alice)[-1]["input"] if item["type"] == "reasoning"]
    assert sent["summary"] == [{"type": "summary_text", "text": "**Looking at both parts**"}]
    assert sent["encrypted_content"] == "gAAAAABqFPxl-9OL1xGxxc"
    assert sent["format"] == "openai-responses-v1"
    assert sent["id"].startswith("rs_")


@pytest.mark.parametrize(
    ("model", "is_asked"), [("openai/gpt-5.4-mini", True), ("meta-llama/llama-3.3-70b-instruct", False)]
)
def test_encrypted_reasoning_is_asked_of_models_that_reason(alice, chat, model, is_asked):
    alice.asks("[[say Hello]]", chat=chat, model=model)

    assert asked(alice)[-1].get("include") == (["reasoning.encrypted_content"] if is_asked else None)


def test_reasoning_survives_a_change_of_the_api(alice, chat):
    alice.asks("[[details signed]] [[say By responses]]", chat=chat)
    Conversation.objects.update(settings={})
    alice.asks("[[details signed]] [[say By completions]]", chat=chat)
    details = alice.standin.chat_requests[-1].body["messages"][-2]["reasoning_details"]
    assert (details[0]["text"], details[0]["signature"]) == ("The question has two parts.", "EvsdCkgIDhABGAIqQHnSj9+/=")

    settings()
    alice.asks("[[say Fine]]", chat=chat)
    first, second = [item for item in asked(alice)[-1]["input"] if item["type"] == "reasoning"]
    assert first["content"] == second["content"] == [{"type": "reasoning_text", "text": "The question has two parts."}]
    assert first["signature"] == second["signature"]


def call(**values) -> str:
    more = " ".join(f"{key}={value}" for key, value in values.items())
    return f'[[call calculator {more}\narguments={{"expression": "6*7"}}\n]]'


def test_tools_are_called_and_their_results_go_back(alice, chat):
    settings(**BOTH, tool_choice="calculator", parallel_tool_calls=False)
    page = alice.asks(f"[[details encrypted]] {call()}", chat=chat)

    assert page.answer.select_one("details.step")["data-state"] == "done"
    assert page.text.endswith("The tools returned: 42.")
    first, second = asked(alice)
    assert first["tools"][0]["name"] == "calculator"
    assert first["tool_choice"] == {"type": "function", "name": "calculator"}
    assert first["parallel_tool_calls"] is False
    *_, question, reasoning, made, result = second["input"]
    assert kinds([question, reasoning]) == ["user", "reasoning"]
    assert (made["name"], made["arguments"]) == ("calculator", '{"expression": "6*7"}')
    assert result == {"type": "function_call_output", "call_id": made["call_id"], "output": "42"}


def test_one_that_ends_without_its_last_event_is_complete_and_its_cost_is_looked_up(alice, chat):
    settings(**BOTH)
    page = alice.asks(f"[[usage none]] [[nodone]] {call()}", chat=chat)

    assert page.answer["data-state"] == "complete"
    assert page.text.endswith("The tools returned: 42.")
    reply = alice.latest_reply()
    assert reply.cost is None
    assert Charge.objects.get(pk=reply.pk).next_lookup_at


def test_several_rounds_are_one_answer_whose_cost_is_their_sum(alice, chat):
    settings(**BOTH)
    alice.asks(call(rounds=3), chat=chat)

    reply = alice.latest_reply()
    charge = Charge.objects.get(pk=reply.pk)
    generations = [*(id_ for id_, _cost in charge.earlier or []), charge.generation_id]
    assert len(asked(alice)) == len(generations) == 4
    assert reply.cost == charge.cost == sum(alice.standin.billed()[id_] for id_ in generations)


def test_a_search_is_a_step_with_its_sources_and_its_cost(alice, chat):
    settings(web_search=True)
    page = alice.asks("What is a potluck?", chat=chat)

    step = page.answer.select_one("details.step")
    assert (step["data-tool"], step["data-state"]) == ("openrouter:web_search", "done")
    assert "What is a potluck?" in step.text
    links = [link["href"] for link in page.answer.select("a[href^='https://']")]
    assert "https://en.wikipedia.org/wiki/Potluck" in links
    assert asked(alice)[-1]["tools"][0]["type"] == "openrouter:web_search"
    assert alice.latest_reply().cost > 0

    alice.asks("[[say Fine]]", chat=chat)
    assert "openrouter:web_search" in kinds(asked(alice)[-1]["input"])


def test_images_go_there_and_come_back(alice, chat):
    page = alice.asks("[[image]] Like this one", chat=chat, images=[image_file()])

    assert len(page.answer.select("img")) == 1
    *_, question = asked(alice)[-1]["input"]
    text, image = question["content"]
    assert text == {"type": "input_text", "text": "[[image]] Like this one"}
    assert (image["type"], image["detail"]) == ("input_image", "auto")
    assert image["image_url"].startswith("data:image/png;base64,")

    alice.client.post(f"/chats/{chat.id}/pictures/", {"along": "yes"})
    alice.asks("[[say Fine]]", chat=chat)
    assert "image_generation_call" in kinds(asked(alice)[-1]["input"])


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_what_it_cost_is_the_same_by_both(alice, chat, api):
    settings(transport=api)
    alice.asks("[[say Good morning to all of you]]", chat=chat)

    reply = alice.latest_reply()
    charge = Charge.objects.get(pk=reply.pk)
    assert reply.cost == charge.cost == alice.standin.billed()[charge.generation_id]
    assert (reply.prompt_tokens > 0, reply.completion_tokens) == (True, 6)


@pytest.mark.parametrize(
    ("mark", "state", "kind"),
    [
        ("error 402 credits", "failed", "out_of_credit"),
        ("error 429 upstream", "failed", "shared_pool_busy"),
        ("midstream code=429", "failed", "rate_limited"),
        ("midstream code=502", "failed", "upstream_unavailable"),
        ("sole-error 502 provider", "failed", "upstream_unavailable"),
        ("late-error", "failed", "bad_request"),
        ("cut after=5", "interrupted", "interrupted"),
        ("enddata", "interrupted", "interrupted"),
    ],
)
def test_errors_are_those_of_chat_completions(alice, chat, mark, state, kind):
    page = alice.asks(f"[[{mark}]]", chat=chat)

    assert (page.state, alice.latest_reply().error_kind) == (state, kind)
    assert page.error


def test_an_answer_that_was_too_long_can_be_continued(alice, chat):
    page = alice.asks("[[tokens n=6]] [[length]]", chat=chat)
    assert alice.latest_reply().finish_reason == "length"

    alice.standin.answers("tokens", n=6)
    alice.client.post(page.action("Continue"))
    alice.follows(alice.latest_reply())

    last = asked(alice)[-1]["input"][-1]
    assert (last["role"], last["content"][0]["text"]) == ("assistant", page.text)
    assert alice.looks_at(chat).text.split() == ["1", "2", "3", "4", "5", "6"]


def test_stop_ends_the_request(alice, chat):
    alice.sends_with_htmx("[[tokens n=9999 rate=50]]", chat=chat)
    reply = alice.latest_reply()
    stream = iter(alice.opens_stream(reply))
    next(stream)
    alice.standin.wait_for(lambda: any(each.deltas for each in live.running()))

    alice.client.post(f"/replies/{reply.pk}/cancellation/")
    list(stream)

    assert Reply.objects.get(pk=reply.pk).state == Reply.State.STOPPED
    assert alice.standin.wait_for(lambda: alice.standin.closed_early)


def test_settings_that_it_does_not_have_are_not_sent_and_the_page_says_so(alice, chat):
    settings(stop=["END"], seed=7, temperature=0.5, send_unsupported=True)
    alice.asks("[[say Fine]]", chat=chat)

    assert asked(alice)[-1]["temperature"] == 0.5
    assert not {"stop", "seed"} & set(asked(alice)[-1])
    page = alice.client.get(f"/chats/{chat.id}/settings/").content.decode()
    assert page.count("Not used by the Responses API.") == 2


def test_the_page_of_the_request_shows_what_was_sent_and_where(alice, chat):
    alice.asks("[[say Good morning]]", chat=chat, images=[image_file()])

    reply = alice.latest_reply()
    page = alice.client.get(f"/replies/{reply.pk}/request/").content.decode()
    shown = json.loads(alice.client.get(f"/replies/{reply.pk}/request/?text=1").content)
    sent = asked(alice)[-1]
    image = shown["input"][-1]["content"][1]
    assert "/api/v1/responses" in page
    assert image["image_url"].startswith("data:image/png;base64,[")
    image["image_url"] = sent["input"][-1]["content"][1]["image_url"]
    assert shown == sent
