"""Answers for which tools are called: the loop, its steps, and what the model gets back."""

import json
import threading
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from chat.model_request import tools as request_tools
from chat.models import Charge, Conversation, Reply
from chat.replies import checkpoint, lease, live
from chat.replies.lease import LEASE
from chat.replies.recover import recover
from chat.replies.shutdown import drain
from chat.replies.tool_runs import ToolRuns
from chat.reply_content.deltas import ROUND, STEP, TEXT, Delta
from chat.reply_content.render import render_deltas
from chat.reply_content.rounds import as_log, clean_log, from_log, steps_of
from chat.reply_content.steps import Step
from chat.streaming.stored_reply import StoredReply
from chat.tools import builtin, tool_run
from chat.tools.tool import Permission, Tool, ToolFailed, ToolResult

BOTH = {"tools": ["calculator", "current_time"]}


@pytest.fixture
def chat(alice):
    """A chat of Alice whose models may use the tools of this site."""
    alice.asks("[[say Hello]]")
    Conversation.objects.update(settings=BOTH)
    return Conversation.objects.get()


def bodies(person) -> list[Any]:
    return [request.body for request in person.standin.chat_requests]


def steps(reply) -> list[Step]:
    return steps_of(from_log(Reply.objects.values_list("rounds", flat=True).get(pk=reply.pk)))


def call(name="calculator", arguments='{"expression": "6*7"}', **values) -> str:
    more = " ".join(f"{key}={value}" for key, value in values.items())
    return f"[[call {name} {more}\narguments={arguments}\n]]"


@pytest.fixture
def offers(monkeypatch):
    """Offer a tool that does what a test wants."""

    def offer(run, **values) -> Tool:
        tool = Tool(name="probe", title="Probe", description="Tries something.", run=run, **values)
        monkeypatch.setitem(builtin.BUILTIN, "probe", tool)
        Conversation.objects.update(settings={"tools": ["probe"]})
        return tool

    return offer


def test_a_call_is_run_and_its_result_goes_back_to_the_model(alice, chat):
    page = alice.asks(call(), chat=chat)

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


def test_the_step_is_shown_with_its_time_and_the_page_is_the_same_on_reload(alice, chat):
    page = alice.asks(call(), chat=chat)

    step = page.answer.select_one("details.step")
    assert (step["data-tool"], step["data-state"]) == ("calculator", "done")
    assert "6*7" in step.summary.text
    assert step.summary.text.split()[-1] == "s"
    assert "42" in step.text
    assert str(alice.looks_at(chat).answer) == str(page.answer)


@pytest.mark.parametrize("shape", ["fragments", "whole", "no-index", "same-index", "object", "no-id", "stop"])
def test_calls_are_read_in_every_shape(alice, chat, shape):
    page = alice.asks(call("calculator,current_time", shape=shape), chat=chat)

    assert [step["data-state"] for step in page.answer.select("details.step")] == ["done", "done"]
    assert "The tools returned: 42 and " in page.text
    (made,) = [message for message in bodies(alice)[-1]["messages"] if message.get("tool_calls")]
    assert len({each["id"] for each in made["tool_calls"]}) == 2


def test_several_rounds_are_one_answer_whose_cost_is_their_sum(alice, chat):
    page = alice.asks(call(rounds=3), chat=chat)

    reply = alice.latest_reply()
    charge = Charge.objects.get(pk=reply.pk)
    generations = [*(id_ for id_, _cost in charge.earlier or []), charge.generation_id]
    assert len(page.answer.select("details.step")) == 3
    assert reply.cost == sum(alice.standin.billed()[id_] for id_ in generations)
    assert 0 < reply.last_prompt_tokens < reply.prompt_tokens
    assert charge.cost == reply.cost
    assert len(charge.earlier or []) == 3


def test_what_the_next_question_sends_has_the_calls(alice, chat):
    alice.asks(call(), chat=chat)
    alice.asks("[[say Fine]]", chat=chat)

    roles = [message["role"] for message in bodies(alice)[-1]["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "tool", "assistant", "user"]


def test_without_tools_the_next_question_sends_words_alone(alice, chat):
    alice.asks(call(), chat=chat)
    Conversation.objects.update(settings={})
    alice.asks("[[say Fine]]", chat=chat)

    roles = [message["role"] for message in bodies(alice)[-1]["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]


def test_after_ten_rounds_the_model_has_to_answer(alice, chat):
    page = alice.asks(call(rounds=50), chat=chat)

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
def test_a_call_that_cannot_be_run_fails_and_the_model_hears_why(alice, chat, name, arguments, said):
    page = alice.asks(call(name, arguments), chat=chat)

    assert page.state == "complete"
    assert [step["data-state"] for step in page.answer.select("details.step")] == ["failed"]
    assert bodies(alice)[-1]["messages"][-1]["content"].startswith(said)


def test_a_tool_that_raises_or_fails_ends_only_its_call(alice, chat, offers):
    for error in (ToolFailed("It is broken."), RuntimeError("secret")):

        def run(arguments, cancellation, error=error):
            raise error

        offers(run)
        page = alice.asks(call("probe"), chat=chat)
        assert page.state == "complete"
        assert page.answer.select_one("details.step")["data-state"] == "failed"
        assert "secret" not in str(page.answer)


def test_a_megabyte_is_shortened(alice, chat, offers):
    offers(lambda arguments, cancellation: ToolResult("x" * 1_000_000))
    page = alice.asks(f"{call('probe')} [[rate n=20000]]", chat=chat)

    result = bodies(alice)[-1]["messages"][-1]["content"]
    assert result.endswith("[950000 more characters were left out]")
    assert len(str(page.answer.select_one("details.step"))) < 10_000


def test_a_tool_that_hangs_is_given_up(alice, chat, offers, monkeypatch):
    monkeypatch.setattr(tool_run, "TOOL_SECONDS", 0.2)
    ended = threading.Event()

    def run(arguments, cancellation):
        cancellation.on_cancel(ended.set)
        ended.wait(60)
        return ToolResult("too late")

    offers(run)
    page = alice.asks(call("probe"), chat=chat)

    assert ended.is_set()
    assert page.answer.select_one("details.step")["data-state"] == "failed"
    assert bodies(alice)[-1]["messages"][-1]["content"].startswith("It took longer than")


def test_calls_of_one_round_run_at_the_same_time(alice, chat, offers):
    together = threading.Barrier(2, timeout=30)

    def run(arguments, cancellation):
        together.wait()
        return ToolResult("both")

    offers(run)
    page = alice.asks(call("probe,probe"), chat=chat)

    assert [step["data-state"] for step in page.answer.select("details.step")] == ["done", "done"]


def test_images_of_a_tool_are_shown_and_sent_to_the_model(alice, chat, offers):
    from tests.standin.images import png_data_url

    offers(lambda arguments, cancellation: ToolResult("a chart", (png_data_url(1),)))
    page = alice.asks(call("probe"), chat=chat)

    image = page.answer.select_one("details.step img")
    assert alice.client.get(image["src"]).getvalue()
    parts = bodies(alice)[-1]["messages"][-1]["content"]
    assert [part["type"] for part in parts] == ["text", "image_url"]


def test_a_forced_tool_is_forced_once(alice, chat):
    Conversation.objects.update(settings=BOTH | {"tool_choice": "calculator", "parallel_tool_calls": False})
    alice.asks(call(), chat=chat)

    first, second = bodies(alice)[-2:]
    assert first["tool_choice"] == {"type": "function", "function": {"name": "calculator"}}
    assert first["parallel_tool_calls"] is False
    assert "tool_choice" not in second


def test_none_offers_no_tool_of_this_site(alice, chat):
    Conversation.objects.update(settings=BOTH | {"tool_choice": "none"})
    alice.asks("[[say Hello]]", chat=chat)

    assert "tools" not in bodies(alice)[-1]


def test_reasoning_details_go_back_with_the_calls(alice, chat):
    alice.asks("[[details signed]] " + call(), chat=chat)

    (made,) = [message for message in bodies(alice)[-1]["messages"] if message.get("tool_calls")]
    assert made["reasoning_details"][0]["signature"]


class TestConsent:
    """A tool that asks."""

    @pytest.fixture
    def runs(self, chat, offers) -> list[Any]:
        seen: list[Any] = []

        def run(arguments, cancellation):
            seen.append(arguments)
            return ToolResult("done")

        offers(run, permission=Permission.ASK, source="Kitchen")
        return seen

    def waits(self, person, chat):
        person.sends(call("probe"), chat=chat)
        person.standin.wait_for(lambda: person.looks_at(chat).answer.select(".consent"))
        return person.looks_at(chat)

    def decides(self, person, page, label: str):
        button = next(button for button in page.answer.select(".consent button") if button.text.strip() == label)
        return person.client.post(button["formaction"], {button["name"]: button["value"]})

    def test_it_waits_and_says_what_it_would_do(self, alice, chat, runs):
        page = self.waits(alice, chat)

        assert not runs
        assert "Kitchen" in page.answer.select_one(".consent").text
        assert "6*7" in page.answer.select_one(".consent").text
        assert page.answer.select_one("details.step")["data-state"] == "asked"
        alice.client.post(alice.latest_reply().cancellation_url)

    @pytest.mark.parametrize(
        ("label", "state", "ran", "told"),
        [
            ("Allow once", "done", 1, "done"),
            ("Allow in this chat", "done", 1, "done"),
            ("Don't allow", "refused", 0, "The person did not allow this call."),
        ],
    )
    def test_the_person_decides(self, alice, chat, runs, label, state, ran, told):
        self.decides(alice, self.waits(alice, chat), label)
        alice.follows(alice.latest_reply())

        page = alice.looks_at(chat)
        assert page.state == "complete"
        assert page.answer.select_one("details.step")["data-state"] == state
        assert len(runs) == ran
        assert bodies(alice)[-1]["messages"][-1]["content"] == told

    def test_in_this_chat_asks_no_more_until_the_tool_changes(self, alice, chat, runs, offers):
        self.decides(alice, self.waits(alice, chat), "Allow in this chat")
        alice.follows(alice.latest_reply())
        assert alice.asks(call("probe"), chat=chat).state == "complete"
        assert len(runs) == 2

        offers(lambda *_: ToolResult("?"), permission=Permission.ASK, source="Kitchen", parameters={"type": "object"})
        self.waits(alice, chat)
        alice.client.post(alice.latest_reply().cancellation_url)

    def test_stop_ends_the_wait_and_continue_asks_again(self, alice, chat, runs):
        self.waits(alice, chat)
        alice.client.post(alice.latest_reply().cancellation_url)
        alice.follows(alice.latest_reply())

        page = alice.looks_at(chat)
        assert page.state == "stopped"
        assert page.answer.select_one("details.step")["data-state"] == "failed"
        assert alice.latest_reply().cost is not None
        alice.client.post(page.action("Continue"))
        alice.standin.wait_for(lambda: alice.looks_at(chat).answer.select(".consent"))
        self.decides(alice, alice.looks_at(chat), "Allow once")
        alice.follows(alice.latest_reply())
        assert alice.looks_at(chat).text.endswith("The tools returned: done.")
        assert len(runs) == 1

    def test_the_death_of_the_process_keeps_the_steps_and_their_cost(self, alice, chat, runs):
        self.waits(alice, chat)
        reply = alice.latest_reply()
        live_reply = live.find(reply.pk)
        assert live_reply
        assert checkpoint.store_now(live_reply)
        live.unregister(live_reply)
        Reply.objects.filter(pk=reply.pk).update(lease_until=timezone.now() - LEASE)
        recover(Reply.objects.filter(pk=reply.pk))

        page, reply = alice.looks_at(chat), alice.latest_reply()
        assert (page.state, page.answer.select_one("details.step")["data-state"]) == ("interrupted", "failed")
        assert reply.cost == alice.standin.billed()[reply.generation_id]
        assert page.action("Continue")
        live_reply.stop()

    def test_another_process_hears_of_the_decision_through_the_database(self, alice, chat, runs):
        page = self.waits(alice, chat)
        live_reply = live.find(alice.latest_reply().pk)
        assert live_reply
        assert checkpoint.store_now(live_reply)
        live.unregister(live_reply)
        self.decides(alice, page, "Allow once")
        live.register(live_reply)
        checkpoint.ensure_running()
        alice.follows(alice.latest_reply())

        assert runs
        assert alice.looks_at(chat).state == "complete"

    def test_a_shutdown_does_not_wait_for_the_person(self, alice, chat, runs, monkeypatch):
        monkeypatch.setattr(lease, "_is_closed", False)  # what drain() closes is open again afterwards
        self.waits(alice, chat)
        drain(grace_seconds=600)

        page = alice.looks_at(chat)
        assert (page.state, page.action("Continue")[:9]) == ("interrupted", "/replies/")

    def test_a_stranger_cannot_decide(self, alice, bob, chat, runs):
        page = self.waits(alice, chat)
        bob.signs_in()

        assert self.decides(bob, page, "Allow once").status_code == 404
        assert not runs
        alice.client.post(alice.latest_reply().cancellation_url)


def test_a_call_that_was_cut_off_runs_again_only_if_the_person_says_so(alice, chat, offers):
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

    offers(run, source="Kitchen")
    alice.sends(call("probe"), chat=chat)
    reply = alice.latest_reply()
    alice.standin.wait_for(lambda: (alice.follows and begun.is_set()) or (alice.looks_at(chat) and begun.is_set()))
    alice.client.post(reply.cancellation_url)
    alice.follows(reply)

    page = alice.looks_at(chat)
    assert (page.state, page.answer.select_one("details.step")["data-state"]) == ("stopped", "failed")
    alice.client.post(page.action("Continue"))
    alice.standin.wait_for(lambda: alice.looks_at(chat).answer.select(".consent"))
    assert "may have run already" in alice.looks_at(chat).answer.select_one(".consent").text
    assert len(seen) == 1
    TestConsent().decides(alice, alice.looks_at(chat), "Allow once")
    alice.follows(alice.latest_reply())
    assert alice.looks_at(chat).text.endswith("The tools returned: again.")


class TestTheWeb:
    """OpenRouter's own tools."""

    def test_they_are_in_the_request_when_the_chat_has_them(self, alice, chat):
        Conversation.objects.update(
            settings={"web_search": True, "web_search_engine": "exa", "web_search_max_results": 3, "web_fetch": True}
        )
        alice.asks("What is a potluck?", chat=chat)

        assert bodies(alice)[-1]["tools"] == [
            {"type": "openrouter:web_search", "parameters": {"engine": "exa", "max_results": 3}},
            {"type": "openrouter:web_fetch", "parameters": {"engine": "openrouter"}},
        ]
        assert bodies(alice)[-1]["stop_server_tools_when"] == [{"type": "step_count_is", "step_count": 10}]

    @pytest.mark.parametrize(("shape", "query"), [("details", True), ("calls", True), ("counted", False)])
    def test_a_search_is_a_step_and_its_sources_are_linked(self, alice, chat, shape, query):
        Conversation.objects.update(settings={"web_search": True})
        page = alice.asks(f"[[search {shape}]]", chat=chat)

        (step,) = page.answer.select("details.step")
        assert (step["data-tool"], step["data-state"]) == ("openrouter:web_search", "done")
        assert ("potluck" in step.summary.text) is query
        assert [link["href"] for link in page.answer.select("#" + page.answer["id"].replace("answer", "done") + " a")]
        assert alice.latest_reply().cost_details["web_search_requests"] == 1
        assert len(bodies(alice)) == 2


def test_the_request_page_shows_the_last_request(alice, chat):
    alice.asks(call(), chat=chat)

    shown = json.loads(alice.client.get(f"/replies/{alice.latest_reply().pk}/request/?text=1").content)
    assert shown["messages"][-2:] == bodies(alice)[-1]["messages"][-2:]


def test_a_call_can_be_followed_in_another_process(alice, chat):
    """Here another one is what reads the database alone."""
    alice.standin.answers(call(rounds=2))
    alice.sends("?", chat=chat)
    reply = alice.latest_reply()
    stored = StoredReply(reply)
    alice.follows(reply)

    assert Reply.objects.get(pk=reply.pk).state == "complete"
    stored.wait(0, 5)
    assert stored.has_ended


def test_deltas_render_alike_however_far_they_have_come(alice, chat):
    alice.asks("[[say Let me see.]] " + call("calculator,current_time", rounds=2), chat=chat)
    reply = Reply.objects.get(pk=alice.latest_reply().pk)
    deltas = from_log(reply.rounds)

    kinds = [kind for kind, _html in reply.blocks]
    assert kinds == ["text", "step", "step", "text", "step", "step", "text"]
    for end in range(len(deltas)):
        snapshot = render_deltas(deltas[:end]).snapshot()
        assert [block.kind for block in snapshot.blocks()] == kinds[: snapshot.end]


def test_steps_survive_export_and_import(alice, chat):
    alice.asks(call(), chat=chat)
    exported = alice.client.get(f"/chats/{chat.pk}/export.json").getvalue()
    chat.delete()
    alice.client.post("/account/import/", {"archive": SimpleUploadedFile("chat.json", exported)})

    imported = Conversation.objects.get()
    page = alice.looks_at(imported)
    assert page.answer.select_one("details.step")["data-state"] == "done"
    imported.settings = BOTH
    imported.save()
    alice.asks("[[say Fine]]", chat=imported)
    assert bodies(alice)[-1]["messages"][4]["content"] == "42"


def as_text(**step: Any) -> str:
    return json.dumps([["step", json.dumps({"tool": "x", "arguments": "", "state": "done", "number": 1} | step)]])


@pytest.mark.parametrize(
    "log",
    [
        *("{}", "[1]", "1", '[["step"]]', '[["step", "{}"]]', '[["other", "x"]]', '[["text", 1]]', "[" * 9000),
        *(as_text(number="1"), as_text(state="evil"), as_text(result=["x"]), as_text(seconds={}), as_text(more=1)),
    ],
)
def test_a_log_that_is_none_is_not_imported(log):
    assert clean_log(log) is None


def test_a_log_from_a_file_loses_what_belongs_to_another_site():
    step = Step(1, "probe", "{}", "running", images=[{"id": "x", "url": "https://evil.example/"}])
    log = as_log([Delta(TEXT, "Hm."), Delta(ROUND, "{}"), Delta(STEP, step.as_json())])

    cleaned = from_log(clean_log(log or ""))
    assert [(each.state, each.images) for each in steps_of(cleaned)] == [("failed", [])]


def test_a_branch_and_a_deleted_answer(alice, chat):
    alice.asks(call(), chat=chat)
    answer = alice.latest_reply().message
    alice.client.post(f"/messages/{answer.pk}/fork/")
    copy = Conversation.objects.latest("created_at")
    alice.asks("[[say Fine]]", chat=copy)
    assert [message["role"] for message in bodies(alice)[-1]["messages"]].count("tool") == 1

    alice.client.post(f"/messages/{answer.pk}/deletion/")
    assert Reply.objects.values_list("rounds", flat=True).get(message=answer) is None


class TestLimits:
    """Each round counts for the limits of the person."""

    def limits(self, person, message: str) -> None:
        user = person.user
        user.spending_limits = {"message": message}
        user.save()

    def test_a_round_that_is_not_paid_for_ends_the_answer(self, alice, chat, monkeypatch):
        self.limits(alice, "5")
        monkeypatch.setattr(ToolRuns, "begin", lowering(lambda: self.limits(alice, "0.0000001")))
        page = alice.asks(call(), chat=chat)

        assert page.state == "failed"
        assert page.error == "Your spending limits don't cover the next step of this answer."
        assert page.answer.select_one("details.step")["data-state"] == "done"
        reply = alice.latest_reply()
        assert reply.cost == alice.standin.billed()[reply.generation_id]

        alice.client.post(page.action("Continue anyway"), {"over_limit": "1"})
        alice.follows(alice.latest_reply())
        assert alice.looks_at(chat).text.endswith("The tools returned: 42.")

    def test_what_is_reserved_covers_what_was_spent(self, alice, chat):
        self.limits(alice, "5")
        alice.asks(call(rounds=2), chat=chat)

        reply = alice.latest_reply()
        assert reply.cost < reply.reserved

    def test_sent_anyway_is_not_asked_again(self, alice, chat):
        self.limits(alice, "0.0000001")
        page = alice.asks(call(rounds=2), chat=chat, over_limit="1")

        assert page.state == "complete"


def lowering(change):
    begin = ToolRuns.begin

    def changed(self, calls):
        change()
        return begin(self, calls)

    return changed
