"""What a file may tell of a chat, and what not."""

import json

import pytest

from chat.archive.import_schema import read_chat, read_export
from chat.archive.json_reader import UnreadableFile
from tests.archive.handwritten_chats import a_chat, a_question, an_answer


@pytest.mark.parametrize(
    ("chat", "why"),
    [
        ([], "isn't a supported export"),
        (a_chat(format="other"), "isn't a supported export"),
        (a_chat(format=None), "isn't a supported export"),
        (7, "isn't a supported export"),
        (a_chat(version=2), "version"),
        (a_chat(version=True), "wrong type"),
        (a_chat(created_at="yesterday"), "a valid time"),
        (a_chat(created_at=None), "missing"),
        (a_chat(messages={}) | {"messages": "many"}, "wrong type"),
        (a_chat(messages=[None]), "supported export"),
        (a_chat(messages=[a_question(), a_question()]), "same ID"),
        (a_chat(messages=[a_question(parent="1")]), "form a loop"),
        (a_chat(messages=[a_question(parent="2"), an_answer()]), "form a loop"),
        (a_chat(messages=[an_answer(parent=None)]), "no message before it"),
        (a_chat(messages=[a_question(role="system")]), "has an unknown value"),
        (a_chat(messages=[a_question(role="assistant")]), "the wrong role"),
        (a_chat(messages=[a_question(text=7)]), "wrong type"),
        (a_chat(messages=[a_question(text="x" * 2_000_001)]), "too long"),
        (a_chat(messages=[a_question(id=str(number)) for number in range(10_001)]), "more than"),
        (a_chat(messages=[a_question(), an_answer(reply={"state": "magic"})]), "state"),
        (a_chat(messages=[a_question(), an_answer(reply={"cost": 7})]), "wrong type"),
    ],
)
def test_what_is_no_chat_is_refused_with_a_reason(chat, why):
    with pytest.raises(UnreadableFile, match=why):
        read_export(json.dumps(chat).encode())


def test_the_least_that_a_chat_can_say():
    told = read_chat(a_chat())

    assert [message.text for message in told.messages] == ["Why?", "So."]


def test_sources_keep_their_numbers():
    told = [
        {"url": "https://a.example", "title": "A"},
        {"url": "https://a.example", "title": "A"},
        {"url": "javascript:x", "title": "X"},
        {"url": "https://b.example", "title": "B", "number": 7},
    ]
    answer = an_answer(reply={"citations": told})
    chat = read_chat(a_chat(messages=[a_question(), answer]))

    assert (chat.messages[1].reply or {})["citations"] == [told[0], told[1], told[3]]


def test_an_attachment_has_a_name_that_ends_no_mark():
    names = ['a"\n<b>', "", "x" * 300]
    question = a_question(attachments=[{"name": name, "text": "Long"} for name in names])
    (told,) = read_chat(a_chat(messages=[question])).messages

    assert [each["name"] for each in told.attachments] == ["a' <b>", "Pasted text", "x" * 200]


def test_an_answer_is_always_later_than_its_question():
    answer = an_answer(created_at="2025-01-01T00:00:00+00:00")
    told = read_chat(a_chat(messages=[answer, a_question()]))

    moments = {message.columns["role"]: message.columns["created_at"] for message in told.messages}
    assert moments["assistant"] > moments["user"]
