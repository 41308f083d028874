"""Chunks in every shape in which they have been seen."""

import json
from decimal import Decimal

import pytest

from chat.openrouter import (
    Citation,
    Event,
    Finished,
    Image,
    Interrupted,
    Reasoning,
    ServerToolCall,
    Started,
    Text,
    UpstreamUnavailable,
    Usage,
)
from chat.openrouter.answers.chat_completions import AnswerReader, merge_adjacent
from chat.openrouter.connection.sse import EventParser
from tests.linear_time import is_in_proportion
from tests.openrouter.chunks import DONE, chunk, event, finish, text, usage

STARTED = Started("gen-1", "maker/model", "Somebody")
USED = Usage(7, 5, cost=Decimal("0.000123"))


def read(*stream: bytes):
    """Return the events of a whole stream, and its failure."""
    parser, reader = EventParser(), AnswerReader()
    events = [told for payload in parser.feed(b"".join(stream)) for told in reader.read(payload)]
    events += reader.end()
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
        ({"images": [None, {}, {"image_url": "x"}, "x", {"type": "image", "url": "x"}, {"b64_json": 7}]}, []),
        ({"images": ["data:image/png;base64,AA"]}, [Image("data:image/png;base64,AA")]),
        ({"images": ["https://example.org/a.png"]}, [Image("https://example.org/a.png")]),
        ({"images": [{"b64_json": "AA"}]}, [Image("data:image/png;base64,AA")]),
        ({"images": [{"b64_json": "AA", "media_type": "image/webp"}]}, [Image("data:image/webp;base64,AA")]),
        ({"images": [{"type": "image", "url": "data:image/png;base64,AA"}]}, [Image("data:image/png;base64,AA")]),
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


def test_usage_is_reported_once_if_it_stays_the_same():
    last = event({"choices": [], "usage": usage()})

    assert read(finish(usage=usage()), last, last) == ([STARTED, Finished("stop"), USED], None)


def test_usage_that_grows_is_reported_again_and_its_cost_at_the_end():
    so_far = [text("Hi", usage=usage(completion_tokens=1, cost=0)), text("!", usage=usage(cost=0.01))]

    events, _ = read(*so_far, finish(usage=usage(cost=0)), event({"choices": [], "usage": usage(cost=0.5)}))

    assert [told for told in events if isinstance(told, Usage)] == [
        *(Usage(7, 1), Usage(7, 5), Usage(7, 5, cost=Decimal(0)), Usage(7, 5, cost=Decimal("0.5")))
    ]


def test_usage_that_comes_before_the_finish_reason_has_its_cost_with_that():
    events, _ = read(text("Hi", usage=usage()), finish())

    assert [told for told in events if isinstance(told, Usage)] == [Usage(7, 5), USED]
    assert events[-2:] == [Finished("stop"), USED]


def test_a_later_usage_without_a_cost_does_not_take_it_away():
    events, _ = read(finish(usage=usage()), event({"choices": [], "usage": {"prompt_tokens": 7}}))

    assert events == [STARTED, Finished("stop"), USED]


def test_usage_so_far_does_not_make_an_answer_complete():
    reader = AnswerReader()
    for payload in EventParser().feed(text("Hi", usage=usage()) + finish()):
        reader.read(payload)
    assert not reader.is_complete

    reader.read(json.dumps({"choices": [], "usage": usage(cost=0.5)}))
    assert reader.is_complete


def test_started_comes_once_with_what_is_known():
    events, _ = read(event({"choices": [{"delta": {"content": "Hi"}}]}), text("!"), finish())

    assert events == [Started("", "", ""), Text("Hi"), Text("!"), Finished("stop")]


def test_repeated_sources_are_reported_once():
    cited = chunk({"annotations": [{"url_citation": {"url": "https://a"}}]})

    events, _ = read(cited, cited, finish())

    assert events == [STARTED, Citation("https://a"), Finished("stop")]


@pytest.mark.parametrize(
    "nothing", [b"data: \n\n", b"data: []\n\n", b"data: 3\n\n", event({}), event({"choices": None})]
)
def test_payloads_that_tell_nothing(nothing):
    assert read(nothing, text("Hi"), nothing, finish(), nothing) == ([STARTED, Text("Hi"), Finished("stop")], None)


GARBAGE = b'data: {"choices": [{"del\n\n'


@pytest.mark.parametrize("garbage", [GARBAGE, b"data: OPENROUTER\n\n", b"data: " + b"[" * 100_000 + b"\n\n"])
@pytest.mark.parametrize("place", range(5))
def test_an_event_that_cannot_be_read_is_passed_over(garbage, place):
    stream = [text("Hel"), text("lo"), finish(), chunk({}, usage=usage()), DONE]
    stream.insert(place, garbage)

    assert read(*stream) == ([STARTED, Text("Hel"), Text("lo"), Finished("stop"), USED], None)


def test_they_are_counted():
    parser, reader = EventParser(), AnswerReader()
    for payload in parser.feed(GARBAGE + text("Hi") + GARBAGE + finish()):
        reader.read(payload)

    assert reader.unreadable_count == 2


@pytest.mark.parametrize("ending", [(), (DONE,)])
def test_a_stream_of_nothing_else_is_an_error(ending):
    events, failure = read(GARBAGE, GARBAGE, *ending)

    assert (events, failure.kind) == ([], "unreadable")
    assert read(text("Hi"), GARBAGE)[1].kind == "interrupted"


@pytest.mark.parametrize(
    "pieces",
    [
        ["\ud83c", "\udf89"],
        ["Party \ud83c", "\udf89!"],
        ["\ud83c", "", "\udf89"],
        ["\ud83c", "\udf89\ud83c", "\udf89"],
        ["\ud83d\udc69\u200d\ud83d", "\ude80"],
    ],
)
@pytest.mark.parametrize("name", ["content", "reasoning", "reasoning_content"])
def test_halves_of_a_character_are_joined(pieces, name):
    """As JSON escapes, each of which json.loads takes for a character of its own."""
    event_of = Text if name == "content" else Reasoning
    stream = [
        b'data: {"id":"gen-1","choices":[{"delta":{"' + name.encode() + b'":' + json.dumps(piece).encode() + b"}}]}\n\n"
        for piece in pieces
    ]
    events, failure = read(*stream, finish())
    told = "".join(event.text for event in events if isinstance(event, event_of))

    assert failure is None
    assert told == "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16")


def test_a_half_that_stays_alone_costs_no_text():
    half = b'data: {"id":"gen-1","choices":[{"delta":{"content":"a\\ud83c"}}]}\n\n'
    events, _ = read(half, text("b"), finish())
    told = "".join(event.text for event in events if isinstance(event, Text))

    assert told.encode("utf-8", "replace").decode() == "a?b"


PNG = "data:image/png;base64,AAAA"


@pytest.mark.parametrize(
    ("content", "events"),
    [
        ([{"type": "text", "text": "Hi"}], [Text("Hi")]),
        ([{"type": "text", "text": "H"}, {"type": "text", "text": "i"}], [Text("H"), Text("i")]),
        ({"type": "text", "text": "Hi"}, [Text("Hi")]),
        (["Hi"], [Text("Hi")]),
        ([{"type": "output_text", "text": "Hi", "annotations": []}], [Text("Hi")]),
        ([{"type": "refusal", "refusal": "No"}], [Text("No")]),
        ([{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {"url": PNG}}],
         [Text("See"), Image(PNG)]),
        ([{"type": "image_url", "image_url": PNG}], [Image(PNG)]),
        ([{"type": "image_url", "image_url": "https://example.org/a.png"}], [Image("https://example.org/a.png")]),
        ([{"type": "image", "url": PNG}, {"type": "page", "url": "https://example.org/"}], [Image(PNG)]),
        ([{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}], [Image(PNG)]),
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, {"type": "text", "text": "Hi"}],
         [Reasoning("Hm"), Text("Hi")]),
        ([{"type": "reasoning", "text": "Hm"}], [Reasoning("Hm")]),
        ([None, 3, {}, {"type": "text"}, {"type": "new", "data": "?"}, {"text": {"text": {"text": {"text": {}}}}}], []),
        (json.loads("[" * 900 + '"Hi"' + "]" * 900), []),
    ],
)  # fmt: skip
def test_content_may_be_a_list_of_parts(content, events):
    assert read(chunk({"content": content}), finish()) == ([STARTED, *events, Finished("stop")], None)
    assert read(chunk({"content": None}), chunk({"content": content}), finish())[0] == [
        STARTED, *events, Finished("stop")]  # fmt: skip


@pytest.mark.parametrize(
    "reasoning", ["Hm", ["Hm"], [{"type": "text", "text": "Hm"}], {"text": "Hm"}, [{"summary": "Hm"}]]
)
@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_so_may_reasoning(reasoning, name):
    assert read(chunk({name: reasoning}), finish())[0] == [STARTED, Reasoning("Hm"), Finished("stop")]


def test_a_repeated_image_is_reported_once():
    def drawn(url):
        return chunk({"images": [{"type": "image_url", "image_url": {"url": url}}]})

    other = "data:image/png;base64,BBBB"
    events, _ = read(drawn(PNG), drawn(PNG), drawn(other), drawn("data:image/jpg;base64,AAAA"), finish())

    assert events == [STARTED, Image(PNG), Image(other), Finished("stop")]


@pytest.mark.parametrize("delta", [{"delta": {}}, {}, {"delta": {"role": "assistant", "content": ""}}])
def test_the_whole_message_at_the_end_repeats_nothing(delta):
    image = {"type": "image_url", "image_url": {"url": PNG}}
    late = {"type": "image_url", "image_url": {"url": "data:image/png;base64,BBBB"}}
    whole = {"content": "Hello", "reasoning": "Hm", "images": [image, late]}
    last = {"id": "gen-1", "choices": [{**delta, "message": whole, "finish_reason": "stop"}]}

    events, _ = read(chunk({"reasoning": "Hm"}), text("Hel"), text("lo"), chunk({"images": [image]}), event(last))

    assert merge_adjacent(events) == [
        STARTED, Reasoning("Hm"), Text("Hello"), Image(PNG), Image("data:image/png;base64,BBBB"), Finished("stop"),
    ]  # fmt: skip


def test_a_whole_message_adds_only_what_is_new():
    last = event({"id": "gen-1", "choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]})

    assert read(chunk({"reasoning": "Hm"}), last)[0] == [STARTED, Reasoning("Hm"), Text("Hello"), Finished("stop")]


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

    assert merge_adjacent(pieces) == [Text("ab"), Reasoning("cd"), Text("e"), Finished("stop"), Text("f")]
    assert merge_adjacent([]) == []


def call_fragments(name: str, count: int, *, between: tuple[bytes, ...] = ()) -> list[bytes]:
    """A call whose arguments come a few characters at a time, with something between them."""
    calls = [{"index": 0, "id": "c", "function": {"name": name, "arguments": ""}}]
    calls += [{"index": 0, "function": {"arguments": f"{number:09d}"}} for number in range(count)]
    return [part for call in calls for part in (chunk({"tool_calls": [call]}), *between)]


@pytest.mark.parametrize(("between", "most"), [((), 2), ((text("x"),), 12), ((chunk({"reasoning": "x"}),), 12)])
def test_a_call_that_openrouter_runs_is_told_when_it_begins_and_when_it_is_complete(between, most):
    events, _ = read(*call_fragments("openrouter:web_search", 300, between=between), finish(), DONE)
    told = [event for event in events if isinstance(event, ServerToolCall)]

    assert len(told) <= most
    assert (told[0].arguments, len(told[-1].arguments)) == ("", 2_700)


def test_arguments_of_a_call_that_openrouter_runs_are_told_with_the_text_after_it():
    events, _ = read(*call_fragments("openrouter:web_search", 2), text("So."), finish(), DONE)

    assert [getattr(event, "arguments", event) for event in events[1:4]] == ["", Text("So."), "000000000000000001"]


def test_fragments_of_calls_take_linear_time():
    payloads = [part.decode().removeprefix("data: ") for part in call_fragments("probe", 12_000)]

    def work(given: list[str]) -> None:
        reader = AnswerReader()
        for payload in given:
            reader.read(payload)

    assert is_in_proportion(work, payloads)
