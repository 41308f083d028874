"""Chunks in every shape in which they have been seen."""

from decimal import Decimal

import pytest

from chat.openrouter import (
    Citation,
    Event,
    Finished,
    Image,
    Interrupted,
    Reasoning,
    Started,
    Text,
    UpstreamUnavailable,
    Usage,
)
from chat.openrouter.sse import EventParser
from chat.openrouter.stream import AnswerReader, merged
from tests.openrouter.chunks import DONE, chunk, event, finish, text, usage

STARTED = Started("gen-1", "maker/model", "Somebody")
USED = Usage(7, 5, cost=Decimal("0.000123"))


def read(*stream: bytes):
    """Return the events of a whole stream, and its failure."""
    parser, reader = EventParser(), AnswerReader()
    events = [told for payload in parser.feed(b"".join(stream)) for told in reader.read(payload)]
    reader.end()
    return events, reader.failure


@pytest.mark.parametrize(
    ("delta", "events"),
    [
        ({"content": "Hi"}, [Text("Hi")]),
        ({"content": "Hi", "refusal": None}, [Text("Hi")]),
        ({"content": "", "refusal": "I cannot"}, [Text("I cannot")]),
        ({"content": None}, []),
        ({"content": 3}, []),
        ({}, []),
        (None, []),
        ("nonsense", []),
        ({"reasoning": "Hm", "reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]}, [Reasoning("Hm")]),
        ({"reasoning": None, "reasoning_details": [{"summary": "So"}, {"text": " far"}]}, [Reasoning("So far")]),
        ({"reasoning_details": [{"type": "reasoning.encrypted", "data": "gAAA"}]}, []),
        ({"reasoning": "Hm", "content": "Hi"}, [Reasoning("Hm"), Text("Hi")]),
        ({"images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]},
         [Image("data:image/png;base64,AA")]),
        ({"images": [None, {}, {"image_url": "x"}]}, []),
        ({"annotations": [{"url_citation": {"url": "https://a", "title": "A", "end_index": 4}}]},
         [Citation("https://a", "A", end_index=4)]),
        ({"annotations": [{"type": "file", "file": {}}, None]}, []),
        ({"tool_calls": [{"index": 0, "function": {"arguments": "{"}}]}, []),
    ],
)  # fmt: skip
def test_what_a_delta_tells(delta, events):
    assert read(chunk(delta), finish(usage=usage()), DONE) == ([STARTED, *events, Finished("stop"), USED], None)
    # Behind the first chunk, plain ones take a shorter way.
    assert read(text("Oh"), chunk(delta), finish(usage=usage()), DONE) == (
        [STARTED, Text("Oh"), *events, Finished("stop"), USED],
        None,
    )


@pytest.mark.parametrize(
    "more",
    [
        text("Hi", usage=usage()),
        text("Hi", finish_reason="length"),
        text("Hi", error={"code": 502, "message": "Oops"}),
        event({"id": "gen-1", "choices": [{"delta": {"content": "Hi"}, "error": {"code": 502, "message": "Oops"}}]}),
        event({"id": "gen-1", "choices": [{"delta": {"content": "Hi"}}, {"delta": {"content": "Ho"}}]}),
        event({"id": "gen-1", "choices": {"delta": {"content": "Hi"}}}),
        event({"id": "gen-1", "choices": ["Hi"]}),
        event({"id": "gen-1", "choices": [{"delta": ["content"]}]}),
    ],
)
def test_text_does_not_hide_what_else_a_chunk_tells(more):
    """A chunk that comes first goes the long way, and one that follows must tell the same."""
    (_, *told), failure = read(more)
    (_, *told_later), failure_later = read(text(""), more)

    assert told_later == told
    assert repr(failure_later) == repr(failure)


@pytest.mark.parametrize(
    "last",
    [
        [finish(), text("", usage=usage())],
        [finish(), event({"id": "gen-1", "choices": [], "usage": usage()})],
        [finish(), finish(usage=usage())],
        [finish(usage=usage())],
        [finish(), event({"id": "gen-1", "usage": usage()})],
    ],
    ids=["2025", "March 2026", "now", "in one", "no choices at all"],
)
def test_usage_comes_in_any_shape(last):
    assert read(text("Hi"), *last, DONE) == ([STARTED, Text("Hi"), Finished("stop"), USED], None)


def test_all_that_usage_tells():
    details = {
        "completion_tokens_details": {"reasoning_tokens": 3, "image_tokens": 0},
        "prompt_tokens_details": {"cached_tokens": 2},
    }

    events, _ = read(finish(usage=usage(**details, cost=0)))

    assert events[-1] == Usage(7, 5, reasoning_tokens=3, cached_tokens=2, cost=Decimal(0))


@pytest.mark.parametrize("cost", [None, "free", True, float("nan")])
def test_an_unknown_cost_is_none(cost):
    events, _ = read(finish(usage=usage(cost=cost, prompt_tokens_details=None, completion_tokens_details=None)))

    assert events[-1] == Usage(7, 5)


def test_the_first_finish_reason_wins():
    events, _ = read(finish("length"), finish("stop", usage=usage()))

    assert [told for told in events if isinstance(told, Finished)] == [Finished("length")]


def test_usage_is_told_once():
    events, _ = read(finish(usage=usage()), event({"choices": [], "usage": usage(cost=1)}))

    assert events == [STARTED, Finished("stop"), USED]


def test_started_is_told_once_and_with_what_is_known():
    events, _ = read(event({"choices": [{"delta": {"content": "Hi"}}]}), text("!"), finish())

    assert events == [Started("", "", ""), Text("Hi"), Text("!"), Finished("stop")]


def test_sources_that_are_repeated_are_told_once():
    cited = chunk({"annotations": [{"url_citation": {"url": "https://a"}}]})

    events, _ = read(cited, cited, finish())

    assert events == [STARTED, Citation("https://a"), Finished("stop")]


@pytest.mark.parametrize(
    "nothing", [b"data: \n\n", b"data: []\n\n", b"data: 3\n\n", event({}), event({"choices": None})]
)
def test_payloads_that_tell_nothing(nothing):
    assert read(nothing, text("Hi"), nothing, finish(), nothing) == ([STARTED, Text("Hi"), Finished("stop")], None)


def test_a_payload_that_is_cut_short_is_an_interruption():
    _, failure = read(text("Hi"), b'data: {"choices": [{"del\n\n', finish())

    assert type(failure) is Interrupted


@pytest.mark.parametrize("code", [502, "502", "server_error", None])
def test_an_error_in_the_middle(code):
    events, failure = read(text("Hi"), chunk(finish_reason="error", error={"code": code, "message": "Gone"}), DONE)

    assert events == [STARTED, Text("Hi")]
    assert type(failure) is UpstreamUnavailable
    assert (failure.message, failure.generation_id) == ("Gone", "gen-1")


def test_an_error_as_the_only_event():
    events, failure = read(event({"error": {"code": 429, "message": "Busy"}, "user_id": "user_x"}))

    assert events == []
    assert failure.kind == "rate_limited"


def test_an_error_inside_the_choice():
    choice = {"index": 0, "delta": {}, "error": {"code": 403, "message": "Flagged", "metadata": {"reasons": ["x"]}}}

    _, failure = read(event({"id": "gen-1", "choices": [choice]}))

    assert failure.kind == "moderated"


def test_an_error_with_usage_tells_both():
    events, failure = read(finish("length"), chunk(error={"code": 400, "message": "Limit"}, usage=usage()))

    assert events == [STARTED, Finished("length"), USED]
    assert failure.kind == "bad_request"


def test_a_finish_reason_of_error_without_an_error():
    _, failure = read(text("Hi"), chunk(finish_reason="error"))

    assert type(failure) is UpstreamUnavailable


@pytest.mark.parametrize("ending", [(), (DONE,), (chunk({}, usage=usage()), DONE), (finish(""), DONE)])
def test_no_finish_reason_is_an_interruption(ending):
    _, failure = read(text("Hi"), *ending)

    assert type(failure) is Interrupted


@pytest.mark.parametrize(
    ("stream", "is_complete"),
    [([], False), ([finish()], False), ([finish(), DONE], True), ([finish(usage=usage())], True), ([DONE], False)],
)
def test_it_knows_when_everything_is_in(stream, is_complete):
    parser, reader = EventParser(), AnswerReader()
    for payload in parser.feed(b"".join(stream)):
        reader.read(payload)

    assert reader.is_complete is is_complete


@pytest.mark.parametrize(
    ("delta", "has_progressed"),
    [
        ({"role": "assistant", "content": ""}, False),
        ({"role": "assistant", "content": None, "reasoning_details": []}, False),
        ({"role": "assistant", "content": "x"}, True),
        ({"role": "assistant", "reasoning_details": [{"type": "reasoning.encrypted", "data": "gAAA"}]}, True),
        ({"role": "assistant", "tool_calls": [{"index": 0}]}, True),
    ],
)
def test_it_knows_what_is_progress(delta, has_progressed):
    parser, reader = EventParser(), AnswerReader()
    reader.read(*parser.feed(text("first")))
    reader.has_progressed = False

    reader.read(*parser.feed(chunk(delta)))

    assert reader.has_progressed is has_progressed


def test_neighbours_are_joined_and_nothing_else():
    pieces: list[Event] = [Text("a"), Text("b"), Reasoning("c"), Reasoning("d"), Text("e"), Finished("stop"), Text("f")]

    assert merged(pieces) == [Text("ab"), Reasoning("cd"), Text("e"), Finished("stop"), Text("f")]
    assert merged([]) == []
