"""What a model wants back of its reasoning, put together from a stream and otherwise as it came."""

import json
from pathlib import Path
from typing import Any

import pytest

from chat.openrouter.answer_parts import reasoning_details
from chat.openrouter.answer_parts.reasoning_details import ReasoningDetails, are_details
from chat.openrouter.answers.chat_completions import AnswerReader
from chat.openrouter.connection.sse import EventParser
from tests.openrouter.chunks import chunk, finish, text

CLAUDE = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
SUMMARY = {"type": "reasoning.summary", "format": "openai-responses-v1", "index": 0}
ENCRYPTED = {**SUMMARY, "type": "reasoning.encrypted"}


def collected(*deltas: object, whole: object = None) -> list[Any]:
    details = ReasoningDetails()
    for delta in deltas:
        details.add(delta)
    details.replace(whole)
    return json.loads(details.as_json() or "[]")


def of_each(*fragments: object) -> list[Any]:
    """What comes of fragments that arrive one after the other."""
    return collected(*([fragment] for fragment in fragments))


def test_a_signed_text_is_one_detail_whose_signature_came_last():
    fragments = [
        {**CLAUDE, "text": "", "signature": ""},
        {**CLAUDE, "text": "First "},
        {**CLAUDE, "text": "this."},
        {**CLAUDE, "signature": "EvsdCkg="},
    ]

    assert of_each(*fragments) == [{**CLAUDE, "text": "First this.", "signature": "EvsdCkg="}]
    assert collected(fragments) == of_each(*fragments)


@pytest.mark.parametrize(
    "fragments",
    [
        [{**SUMMARY, "summary": "So."}, {**ENCRYPTED, "data": "gAA"}],
        [{**CLAUDE, "text": "a"}, {**CLAUDE, "index": 1, "text": "b"}],
        [{**CLAUDE, "text": "a", "signature": "s"}, {**CLAUDE, "text": "b", "signature": "t"}],
        [{**ENCRYPTED, "data": "gAA", "id": f"rs_{number}"} for number in (1, 2)],
        [{"type": "reasoning.new", "index": 0, "text": "a"}, {"type": "reasoning.new", "index": 0, "text": "a"}],
        [{"type": "reasoning.server_tool_call", "tool_name": "x", "arguments": "{}", "extra": [1, {"a": None}]}],
        [{"no": "type"}, {"no": "type"}],
    ],
    ids=["types", "indexes", "signed", "ids", "unknown type", "tool call", "no type"],
)  # fmt: skip
def test_what_belongs_to_different_details_is_not_joined(fragments):
    assert of_each(*fragments) == fragments


@pytest.mark.parametrize("name", ["text", "summary", "data"])
def test_fragments_are_joined_and_later_fields_taken(name):
    of_type = {"type": {"data": "reasoning.encrypted"}.get(name, f"reasoning.{name}")}
    first, second = (
        {**of_type, name: "a", "format": None},
        {**of_type, name: "b", "id": "1", "format": "f", "more": [1]},
    )

    assert of_each(first, second) == [{**of_type, name: "ab", "format": "f", "id": "1", "more": [1]}]


def test_fragments_are_joined_although_others_came_between():
    assert of_each({**CLAUDE, "text": "a"}, {**CLAUDE, "index": 1, "text": "b"}, {**CLAUDE, "text": "c"}) == [
        {**CLAUDE, "text": "ac"},
        {**CLAUDE, "index": 1, "text": "b"},
    ]


def test_a_whole_message_counts_and_not_the_deltas_that_it_repeats():
    whole = [{**CLAUDE, "text": "First this.", "signature": "x"}, {**CLAUDE, "text": "Then that."}]

    assert collected([{**CLAUDE, "text": "First"}], whole=whole) == whole


@pytest.mark.parametrize("junk", [None, "x", 3, {}, [], [None, 3, "x", {}, []]])
def test_junk_is_none(junk):
    assert collected(junk, whole=junk) == []


def test_halves_of_a_character_become_one():
    details = ReasoningDetails()
    details.add([{**CLAUDE, "text": "\ud83c"}])
    assert details.as_json() == ""  # half a character cannot be sent
    details.add([{**CLAUDE, "text": "\udf72"}])

    assert json.loads(details.as_json())[0]["text"] == "🍲"


@pytest.mark.parametrize(
    "fragments",
    [
        [{**CLAUDE, "text": "x" * 30}] * 40,
        [{**CLAUDE, "index": number} for number in range(40)],
        [{**CLAUDE, "signature": "x" * 1001}],
        [{**CLAUDE, "text": "a"}, {**CLAUDE, "signature": "x" * 1001}],
    ],
    ids=["text", "entries", "one", "replaced"],
)
def test_too_much_is_not_kept(monkeypatch, fragments):
    monkeypatch.setattr(reasoning_details, "MAX_CHARACTERS", 1000)
    details = ReasoningDetails()
    for fragment in fragments:
        details.add([fragment])

    assert details.as_json() == ""
    assert details.is_too_long


def test_ten_thousand_fragments_of_a_few_letters_are_not_too_much():
    (detail,) = of_each(*[{**CLAUDE, "text": "word "}] * 100_000)

    assert len(detail["text"]) == 500_000


def test_the_reader_collects_them():
    reader = AnswerReader()
    stream = [chunk({"reasoning_details": [{**CLAUDE, "text": word}]}) for word in ("One", " two")]
    for payload in EventParser().feed(b"".join([*stream, text("Hi"), finish()])):
        reader.read(payload)

    assert json.loads(reader.reasoning_details.as_json()) == [{**CLAUDE, "text": "One two"}]


# --- Recorded answers, against another reading of them --------------------------------------------


def with_details(recordings: Path) -> dict[str, tuple[list[Any], list[Any]]]:
    """The choices of each recorded answer with `reasoning_details`, and these, one after the other."""
    found = {}
    for path in sorted(recordings.glob("chat-*.json")):
        choices = [choice for payload in payloads_of(path) for choice in payload.get("choices") or []]
        messages = [choice.get("delta") or choice.get("message") or {} for choice in choices]
        if details := [detail for message in messages for detail in message.get("reasoning_details") or []]:
            found[path.stem] = (messages, details)
    return found


def payloads_of(path: Path) -> list[Any]:
    response = json.loads(path.read_text())["response"]
    body = (
        (path.parent / response["body_file"]).read_bytes() if response.get("body_file") else response["body"].encode()
    )
    if body.lstrip().startswith(b"{"):
        return [json.loads(body)]
    return [json.loads(payload) for payload in EventParser().feed(body) if payload != "[DONE]"]


def read(path: Path) -> list[Any]:
    reader = AnswerReader()
    for payload in payloads_of(path):
        reader.read(json.dumps(payload))
    return json.loads(reader.reasoning_details.as_json())


def test_recorded_details_are_put_together_without_a_loss(recordings):
    found = with_details(recordings)
    for name, (messages, fragments) in found.items():
        details = read(recordings / f"{name}.json")
        for field in ("text", "summary", "data", "signature"):
            pieces = [fragment[field] for fragment in fragments if fragment.get(field)]
            assert "".join(pieces) == "".join(detail.get(field) or "" for detail in details), (name, field)
        reasoning = "".join(message.get("reasoning") or "" for message in messages)
        assert "".join(detail.get("text") or detail.get("summary") or "" for detail in details) == reasoning, name
        kinds = list(dict.fromkeys((fragment["type"], fragment["index"]) for fragment in fragments))
        assert [(detail["type"], detail["index"]) for detail in details] == kinds, name
        assert {key for detail in details for key in detail} == {key for fragment in fragments for key in fragment}, (
            name
        )
    assert len(found) >= 17


def test_recorded_details_that_came_whole_stay_as_they_are_to_the_byte(recordings):
    whole = [name for name, (_, fragments) in with_details(recordings).items() if name.startswith("chat-json")]
    for name in whole:
        (payload,) = payloads_of(recordings / f"{name}.json")
        sent = payload["choices"][0]["message"]["reasoning_details"]
        assert json.dumps(read(recordings / f"{name}.json")) == json.dumps(sent), name
    assert len(whole) >= 4


def test_what_is_nested_too_deep_to_be_sent_is_refused_at_any_depth():
    """Near Python's own limit, what one call can still read another one cannot."""
    sound = [levels for levels in range(1, 1_000) if are_details(f'[{{"a": {"[" * levels}{"]" * levels}}}]')]

    assert sound == list(range(1, 99))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_in_json_cannot_be_sent(number):
    assert not are_details(f'[{{"a": {number}}}]')
