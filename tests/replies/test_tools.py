"""Answers for which tools are called: they are run, shown as steps, and the model gets their results."""

import threading

import pytest

from chat.model_request import tools as request_tools
from chat.models import Charge, Conversation
from chat.spending import cost_lookup
from chat.tools import tool_run
from chat.tools.tool import ToolFailed, ToolResult
from tests.replies.tool_calls import BOTH, bodies, call
from tests.standin.wire import Wire, event


def test_a_call_is_run_and_its_result_goes_back_to_the_model(alice, tool_chat):
    page = alice.asks(call(), chat=tool_chat)

    assert page.text.endswith("The tools returned: 42.")
    first, second = bodies(alice)[-2:]
    assert [tool["function"]["name"] for tool in first["tools"]] == ["calculator", "current_time"]
    assert "tool_choice" not in first
    *_, question, called, result = second["messages"]
    assert question["role"] == "user"
    assert called["tool_calls"] == [
        {"id": "call_1_1", "type": "function", "function": {"name": "calculator", "arguments": '{"expression": "6*7"}'}}
    ]
    assert result == {"role": "tool", "tool_call_id": "call_1_1", "content": "42"}


def test_the_step_is_shown_with_its_time_and_the_page_is_the_same_on_reload(alice, tool_chat):
    page = alice.asks(call(), chat=tool_chat)

    step = page.answer.select_one("details.step")
    assert (step["data-tool"], step["data-state"]) == ("calculator", "done")
    assert "6*7" in step.summary.text
    assert step.summary.text.split()[-1] == "s"
    assert "42" in step.text
    assert str(alice.looks_at(tool_chat).answer) == str(page.answer)


@pytest.mark.parametrize("shape", ["fragments", "whole", "no-index", "same-index", "object", "no-id", "stop"])
def test_calls_are_read_in_every_shape(alice, tool_chat, shape):
    page = alice.asks(call("calculator,current_time", shape=shape), chat=tool_chat)

    assert [step["data-state"] for step in page.answer.select("details.step")] == ["done", "done"]
    assert "The tools returned: 42 and " in page.text
    (made,) = [message for message in bodies(alice)[-1]["messages"] if message.get("tool_calls")]
    assert len({each["id"] for each in made["tool_calls"]}) == 2


def test_several_rounds_are_one_answer_whose_cost_is_their_sum(alice, tool_chat):
    page = alice.asks(call(rounds=3), chat=tool_chat)

    reply = alice.latest_reply()
    charge = Charge.objects.get(pk=reply.pk)
    generations = [*(id_ for id_, _cost in charge.earlier or []), charge.generation_id]
    assert len(page.answer.select("details.step")) == 3
    assert reply.cost == sum(alice.standin.billed()[id_] for id_ in generations)
    assert 0 < reply.last_prompt_tokens < reply.prompt_tokens
    assert charge.cost == reply.cost
    assert len(charge.earlier or []) == 3


@pytest.mark.parametrize("status", [402, 429, 503])
def test_a_refused_request_leaves_the_cost_of_those_before_it(alice, tool_chat, status):
    alice.standin.answers(call())
    alice.standin.answers(status)
    page = alice.asks("?", chat=tool_chat)

    reply = alice.latest_reply()
    charge = Charge.objects.get(pk=reply.pk)
    assert page.state == "failed"
    assert charge.cost == reply.cost == alice.standin.billed()[reply.generation_id] > 0
    assert charge.estimate == 0


def test_a_request_that_fails_in_the_middle_has_cost_something(alice, tool_chat):
    nameless = Wire("", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")
    alice.standin.answers(call())
    alice.standin.answers_raw([nameless.text("Half"), event({"error": {"code": 502, "message": "Broken"}})])
    page = alice.asks("?", chat=tool_chat)

    assert (page.state, page.text.endswith("Half")) == ("failed", True)
    assert alice.latest_reply().cost is None


def test_the_cost_of_a_round_before_a_refused_request_is_looked_up(alice, tool_chat, monkeypatch):
    monkeypatch.setattr(cost_lookup, "DELAYS_SECONDS", (0.02,) * 100)
    alice.standin.settings.generation_seconds = 0.1
    alice.standin.answers(f"{call()} [[usage none]]")
    alice.standin.answers(429)
    alice.asks("?", chat=tool_chat)

    alice.standin.wait_for(lambda: alice.latest_reply().cost is not None)
    assert alice.latest_reply().cost == alice.standin.billed()[alice.latest_reply().generation_id]


def test_what_the_next_question_sends_has_the_calls(alice, tool_chat):
    alice.asks(call(), chat=tool_chat)
    alice.asks("[[say Fine]]", chat=tool_chat)

    roles = [message["role"] for message in bodies(alice)[-1]["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "tool", "assistant", "user"]


def test_without_tools_the_next_question_sends_words_alone(alice, tool_chat):
    alice.asks(call(), chat=tool_chat)
    Conversation.objects.update(settings={})
    alice.asks("[[say Fine]]", chat=tool_chat)

    roles = [message["role"] for message in bodies(alice)[-1]["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]


def test_after_ten_rounds_the_model_has_to_answer(alice, tool_chat):
    page = alice.asks(call(rounds=50), chat=tool_chat)

    choices = [body.get("tool_choice") for body in bodies(alice)[1:]]
    assert choices == [None] * request_tools.MAX_ROUNDS + ["none"]
    assert page.state == "complete"
    assert page.text.endswith(f"{' and '.join(['42'] * 10)}.")


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("launch", "{}", "There is no tool 'launch'. Available tools: calculator, current_time."),
        ("calculator", '{"expression": ', "The arguments are not valid JSON"),
        ("calculator", "[1]", "The arguments are not a JSON object."),
        ("calculator", "{}", 'The argument "expression" is missing.'),
        ("calculator", '{"expression": "1/0"}', "Division by zero."),
        ("calculator", '{"expression": "__import__(1)"}', "There is no function __import__."),
    ],
)
def test_a_call_that_cannot_be_run_fails_and_the_model_hears_why(alice, tool_chat, name, arguments, said):
    page = alice.asks(call(name, arguments), chat=tool_chat)

    assert page.state == "complete"
    assert [step["data-state"] for step in page.answer.select("details.step")] == ["failed"]
    assert bodies(alice)[-1]["messages"][-1]["content"].startswith(said)


def test_a_tool_that_raises_or_fails_ends_only_its_call(alice, tool_chat, offer_tool):
    for error in (ToolFailed("It is broken."), RuntimeError("secret")):

        def run(arguments, cancellation, error=error):
            raise error

        offer_tool(run)
        page = alice.asks(call("probe"), chat=tool_chat)
        assert page.state == "complete"
        assert page.answer.select_one("details.step")["data-state"] == "failed"
        assert "secret" not in str(page.answer)


def test_a_megabyte_is_shortened(alice, tool_chat, offer_tool):
    offer_tool(lambda arguments, cancellation: ToolResult("x" * 1_000_000))
    page = alice.asks(f"{call('probe')} [[rate n=20000]]", chat=tool_chat)

    result = bodies(alice)[-1]["messages"][-1]["content"]
    assert result.endswith("[950000 more characters were left out]")
    assert len(str(page.answer.select_one("details.step"))) < 10_000


def test_a_tool_that_hangs_is_given_up(alice, tool_chat, offer_tool, monkeypatch):
    monkeypatch.setattr(tool_run, "TOOL_SECONDS", 0.2)
    ended = threading.Event()

    def run(arguments, cancellation):
        cancellation.on_cancel(ended.set)
        ended.wait(60)
        return ToolResult("too late")

    offer_tool(run)
    page = alice.asks(call("probe"), chat=tool_chat)

    assert ended.is_set()
    assert page.answer.select_one("details.step")["data-state"] == "failed"
    assert bodies(alice)[-1]["messages"][-1]["content"].startswith("It took longer than")


def test_calls_of_one_round_run_at_the_same_time(alice, tool_chat, offer_tool):
    together = threading.Barrier(2, timeout=30)

    def run(arguments, cancellation):
        together.wait()
        return ToolResult("both")

    offer_tool(run)
    page = alice.asks(call("probe,probe"), chat=tool_chat)

    assert [step["data-state"] for step in page.answer.select("details.step")] == ["done", "done"]


def test_stop_ends_a_tool_that_runs_after_another_has_ended(alice, tool_chat, offer_tool):
    first, stopped = threading.Lock(), threading.Event()

    def run(arguments, cancellation):
        if first.acquire(blocking=False):
            return ToolResult("quick")
        cancellation.on_cancel(stopped.set)
        stopped.wait(60)
        raise ToolFailed("Stopped.")

    offer_tool(run)
    alice.sends(call("probe,probe"), chat=tool_chat)
    alice.standin.wait_for(lambda: alice.looks_at(tool_chat).answer.select("[data-state=done]"))
    alice.client.post(alice.latest_reply().cancellation_url)

    alice.standin.wait_for(stopped.is_set)
    alice.follows(alice.latest_reply())
    steps = alice.looks_at(tool_chat).answer.select("details.step")
    assert sorted(step["data-state"] for step in steps) == ["done", "failed"]


def test_images_of_a_tool_are_shown_and_sent_to_the_model(alice, tool_chat, offer_tool):
    from tests.standin.images import png_data_url

    offer_tool(lambda arguments, cancellation: ToolResult("a chart", (png_data_url(1),)))
    page = alice.asks(call("probe"), chat=tool_chat)

    image = page.answer.select_one("details.step img")
    assert alice.client.get(image["src"]).getvalue()
    parts = bodies(alice)[-1]["messages"][-1]["content"]
    assert [part["type"] for part in parts] == ["text", "image_url"]


def test_a_forced_tool_is_forced_once(alice, tool_chat):
    Conversation.objects.update(settings=BOTH | {"tool_choice": "calculator", "parallel_tool_calls": False})
    alice.asks(call(), chat=tool_chat)

    first, second = bodies(alice)[-2:]
    assert first["tool_choice"] == {"type": "function", "function": {"name": "calculator"}}
    assert first["parallel_tool_calls"] is False
    assert "tool_choice" not in second


def test_none_offers_no_tool_of_this_site(alice, tool_chat):
    Conversation.objects.update(settings=BOTH | {"tool_choice": "none"})
    alice.asks("[[say Hello]]", chat=tool_chat)

    assert "tools" not in bodies(alice)[-1]


def test_reasoning_details_go_back_with_the_calls(alice, tool_chat):
    alice.asks("[[details signed]] " + call(), chat=tool_chat)

    (made,) = [message for message in bodies(alice)[-1]["messages"] if message.get("tool_calls")]
    assert made["reasoning_details"][0]["signature"]
