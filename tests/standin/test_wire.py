"""Our bytes beside recorded ones: same headers, same framing, same keys in the same order."""

import re

import pytest

from tests.standin.client import events

REASONING = "chat-stream-reasoning__claude-haiku-4.5__ruby_llm-ec23d5"
TEXT = "chat-stream-text__gpt-5.5__novaclaw-6e83e0"
OPTIONAL_METADATA = {"service_tier"}  # on some recorded chunks, missing on others


def shape(value):
    """Keys in their order, all the way down; of a list, the shape of its first item."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if key not in OPTIONAL_METADATA}
    return [shape(item) for item in value[:1]] if isinstance(value, list) else None


def ordered(value):
    """A shape in which the order of keys counts."""
    if isinstance(value, dict):
        return [(key, ordered(inner)) for key, inner in value.items()]
    return value


def first(chunks, wanted):
    return next(chunk for chunk in chunks if wanted(chunk, chunk["choices"][0]["delta"]))


KINDS = {
    "reasoning": lambda chunk, delta: delta.get("reasoning"),
    "signature": lambda chunk, delta: "signature" in str(delta.get("reasoning_details")),
    "text": lambda chunk, delta: delta["content"],
    "usage": lambda chunk, delta: "usage" in chunk,
}


@pytest.mark.parametrize("kind", KINDS)
def test_chunks_have_the_keys_of_recorded_ones(alice, recording, kind):
    ours = first(alice.events("[[reasoning]] Hello?"), KINDS[kind])
    theirs = first(events(recording(REASONING).body), KINDS[kind])

    assert ordered(shape(ours)) == ordered(shape(theirs))


def test_the_finish_chunk_has_the_keys_of_a_recorded_one(alice, recording):
    ours, theirs = alice.events("Hello?")[-2], events(recording(TEXT).body)[-2]

    assert ordered(shape(ours)) == ordered(shape(theirs))
    assert ours["choices"] == theirs["choices"]


def test_headers_are_those_of_a_recorded_answer(alice, recording):
    ours, theirs = alice.ask("Hello?").headers, recording(REASONING).headers

    for name in ("content-type", "cache-control", "transfer-encoding", "access-control-allow-origin"):
        assert ours[name] == theirs[name]
    assert set(theirs) - {"date", "connection", "permissions-policy", "server"} <= {name.lower() for name in ours}


def test_a_whole_answer_has_the_keys_of_a_recorded_one(alice, recording):
    theirs = recording("chat-json-annotations__sonar__ruby_llm-3127ca").json
    ours = alice.ask("[[citations]]", stream=False).json()

    message, recorded = ours["choices"][0]["message"], theirs["choices"][0]["message"]
    assert list(ours) == list(theirs)
    assert list(ours["choices"][0]) == list(theirs["choices"][0])
    assert ordered(shape(ours["usage"])) == ordered(shape(theirs["usage"]))
    assert set(message) == set(recorded)
    assert shape(message["annotations"]) == shape(recorded["annotations"])


@pytest.mark.parametrize(
    ("name", "question", "model"),
    [
        ("error-400__invalid-model-1__open_router_enhanced-2a615a", "Hello?", "invalid-model-1"),
        ("error-429__deepseek-r1-0528-qwen3-8b-free__req_llm-d399e0", "[[error 429]]", None),
        ("error-400__glm-4.5-air-free__open_router_enhanced-921e95", "[[error 400 provider]]", None),
        ("transcribed/402-affordability-2026-08", "[[error 402 afford]]", None),
        ("transcribed/402-in-flight-budget", "[[error 402 in-flight]]", None),
        ("transcribed/402-never-purchased", "[[error 402 never]]", None),
        ("transcribed/403-geo-block", "[[error 403 geo]]", None),
        ("transcribed/429-free-per-day", "[[error 429 per-day]]", None),
    ],
)
def test_errors_are_those_recorded(alice, recording, name, question, model):
    theirs = recording(name)
    ours = alice.ask(question, **({"model": model} if model else {}))

    assert ours.status_code == theirs.status
    assert message(ours.json()) == message(theirs.json)
    for header in ("retry-after", "x-ratelimit-limit", "x-ratelimit-remaining"):
        assert ours.headers.get(header) == theirs.headers.get(header)


def message(body):
    """The sentence, without its numbers."""
    error = body["error"]
    return re.sub(r"\d+", "0", error if isinstance(error, str) else error["message"])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("generation__x__open_router_enhanced-a7ff10", "generation"),
        ("transcribed/key-200-2026-09-08", "key"),
        ("transcribed/key-200-free-tier-2026-10", "key"),
    ],
)
def test_account_answers_have_the_keys_of_recorded_ones(alice, standin, recording, name, path):
    generation = alice.events("Hello?")[0]["id"]
    standin.later(3)

    ours = alice.get(f"{path}?id={generation}").json()["data"]

    assert set(recording(name).json["data"]) <= set(ours)


def test_a_stream_is_framed_as_a_recorded_one(alice, recording):
    for body in (alice.ask("Hello?").content, recording(REASONING).body):
        assert body.startswith(b": OPENROUTER PROCESSING\n\ndata: {")
        assert body.rstrip(b"\n").endswith(b"}\n\ndata: [DONE]")
        assert all(re.fullmatch(rb": OPENROUTER PROCESSING|data: .+|", line) for line in body.split(b"\n"))


def test_ids_and_times_are_consistent(alice):
    answer = alice.ask("Hello?")
    chunks = events(answer.content)

    assert re.fullmatch(r"gen-\d{10}-[A-Za-z0-9]{20}", chunks[0]["id"])
    assert {chunk["id"] for chunk in chunks} == {answer.headers["X-Generation-Id"]}
    assert chunks[0]["id"].split("-")[1] == str(chunks[0]["created"])


def test_the_usage_repeats_the_finish(alice):
    *_, finish, usage = alice.events("Hello?")

    assert finish["choices"][0]["finish_reason"] == usage["choices"][0]["finish_reason"] == "stop"


def test_text_that_is_not_ascii_is_sent_as_it_is(alice):
    assert "Grüße, 世界".encode() in alice.ask("[[say Grüße, 世界]]", stream=False).content
    assert alice.text('[[say "quotes" \\ and\nlines\u2028🍲]]') == '"quotes" \\ and\nlines\u2028🍲'
