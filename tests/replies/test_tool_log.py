"""What is stored of tool calls: followed elsewhere, rendered, exported, imported, copied and deleted."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chat.models import Conversation, Reply
from chat.reply_content.deltas import ROUND, STEP, TEXT, Delta
from chat.reply_content.render import render_deltas
from chat.reply_content.rounds import as_log, clean_log, from_log, steps_of
from chat.reply_content.steps import Step
from chat.streaming.stored_reply import StoredReply
from tests.replies.tool_calls import BOTH, bodies, call


def test_the_request_page_shows_the_last_request(alice, tool_chat):
    alice.asks(call(), chat=tool_chat)

    shown = json.loads(alice.client.get(f"/replies/{alice.latest_reply().pk}/request/?text=1").content)
    assert shown["messages"][-2:] == bodies(alice)[-1]["messages"][-2:]


def test_a_call_can_be_followed_in_another_process(alice, tool_chat):
    """Here another one is what reads the database alone."""
    alice.standin.answers(call(rounds=2))
    alice.sends("?", chat=tool_chat)
    reply = alice.latest_reply()
    stored = StoredReply(reply)
    alice.follows(reply)

    assert Reply.objects.get(pk=reply.pk).state == "complete"
    stored.wait(0, 5)
    assert stored.has_ended


def test_deltas_render_alike_however_far_they_have_come(alice, tool_chat):
    alice.asks("[[say Let me see.]] " + call("calculator,current_time", rounds=2), chat=tool_chat)
    reply = Reply.objects.get(pk=alice.latest_reply().pk)
    deltas = from_log(reply.rounds)

    kinds = [kind for kind, _html in reply.blocks]
    assert kinds == ["text", "step", "step", "text", "step", "step", "text"]
    for end in range(len(deltas)):
        snapshot = render_deltas(deltas[:end]).snapshot()
        assert [block.kind for block in snapshot.blocks()] == kinds[: snapshot.end]


def test_steps_survive_export_and_import(alice, tool_chat):
    alice.asks(call(), chat=tool_chat)
    exported = alice.client.get(f"/chats/{tool_chat.pk}/export.json").getvalue()
    tool_chat.delete()
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
        *(as_text(seconds=True), as_text(number=True), as_text(count=True), as_text(seconds=float("nan"))),
    ],
)
def test_a_log_that_is_none_is_not_imported(log):
    assert clean_log(log) is None


def test_a_log_from_a_file_loses_what_belongs_to_another_site():
    step = Step(1, "probe", "{}", "running", images=[{"id": "x", "url": "https://evil.example/"}])
    log = as_log([Delta(TEXT, "Hm."), Delta(ROUND, "{}"), Delta(STEP, step.as_json())])

    cleaned = from_log(clean_log(log or ""))
    assert [(each.state, each.images) for each in steps_of(cleaned)] == [("failed", [])]


def test_a_branch_and_a_deleted_answer(alice, tool_chat):
    alice.asks(call(), chat=tool_chat)
    answer = alice.latest_reply().message
    alice.client.post(f"/messages/{answer.pk}/fork/")
    copy = Conversation.objects.latest("created_at")
    alice.asks("[[say Fine]]", chat=copy)
    assert [message["role"] for message in bodies(alice)[-1]["messages"]].count("tool") == 1

    alice.client.post(f"/messages/{answer.pk}/deletion/")
    assert Reply.objects.values_list("rounds", flat=True).get(message=answer) is None
