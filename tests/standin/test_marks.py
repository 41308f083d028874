import json
import time
from pathlib import Path

import pytest
import requests

from tests.standin.client import events, http_chunks, text_of
from tests.standin.help import errors_table
from tests.standin.marks import MARKS, table
from tests.standin.prose import HOSTILE


def numbered(count):
    return "".join(f"{number} " for number in range(1, count + 1))


def finishes(chunks):
    return [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"] if choice["finish_reason"]]


def test_the_readme_lists_every_mark_and_error():
    readme = (Path(__file__).parent / "README.md").read_text()

    assert table() in readme
    assert errors_table() in readme


def test_tokens_are_numbered(alice):
    chunks = alice.events("[[tokens n=25 rate=9999]]")

    assert text_of(chunks) == numbered(25)
    assert chunks[-1]["usage"]["completion_tokens"] == 25


def test_stamped_tokens_say_when_they_were_sent(alice):
    before = time.time()
    first = alice.text("[[tokens n=3 stamp]]").split()[0]

    number, _, stamp = first.partition("@")
    assert number == "1"
    assert before <= float(stamp) <= time.time()


def test_markdown_is_as_long_as_asked(alice):
    text = alice.text("[[markdown kb=6 rate=99999]]")

    assert 6000 <= len(text.encode()) < 8000
    assert all(sign in text for sign in ("# ", "```python", "| Option |", "- [x]", "> A quotation", "$$"))


def test_reasoning_comes_before_the_text(alice):
    chunks = alice.events("[[reasoning]] Why?")
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    thought = "".join(delta.get("reasoning", "") for delta in deltas)
    details = [detail for delta in deltas for detail in delta.get("reasoning_details", [])]

    assert thought.startswith("Let me think about this.")
    assert thought == "".join(detail.get("text", "") for detail in details)
    assert details[-1]["signature"]
    assert "> [[reasoning]] Why?" in text_of(chunks)
    assert chunks[-1]["usage"]["completion_tokens_details"]["reasoning_tokens"] > 10


def test_only_reasoning_leaves_no_text(alice):
    chunks = alice.events("[[onlyreasoning]]")

    assert text_of(chunks) == ""
    assert finishes(chunks) == ["length", "length"]


@pytest.mark.parametrize(("mark", "reason"), [("length", "length"), ("filter", "content_filter")])
def test_an_answer_may_stop_half_way(alice, mark, reason):
    chunks = alice.events(f"[[tokens n=20]] [[{mark}]]")

    assert text_of(chunks) == numbered(10)
    assert finishes(chunks) == [reason, reason]


def test_images_come_in_the_delta(alice):
    images = [image for chunk in alice.events("[[image n=2]]") for image in _images(chunk)]

    assert [image["index"] for image in images] == [0, 1]
    assert all(image["image_url"]["url"].startswith("data:image/png;base64,") for image in images)


def _images(chunk):
    return chunk["choices"][0]["delta"].get("images", [])


def test_citations_are_annotations(alice):
    chunks = alice.events("[[citations]]")

    cited = [note for chunk in chunks for note in chunk["choices"][0]["delta"].get("annotations", [])]
    assert [note["type"] for note in cited] == ["url_citation"] * 2


def test_hostile_text_arrives_as_it_is(alice):
    assert alice.text("[[xss]]") == HOSTILE


def test_a_megabyte_is_one(alice):
    assert len(alice.text("[[megabyte]]").encode()) >= 1_000_000


def test_a_big_event_is_one_line(alice):
    body = alice.ask("[[big mb=2]]").content

    assert max(len(line) for line in body.split(b"\n")) > 1_999_000


def test_slow_sends_comments_first(alice):
    started = time.monotonic()
    body = alice.ask("[[slow first=0.2]] [[tokens n=1]]").content

    assert time.monotonic() - started >= 0.2
    assert body.partition(b"data:")[0].count(b": OPENROUTER PROCESSING\n\n") >= 5


def test_headers_may_be_late(alice):
    started = time.monotonic()
    alice.ask("[[headers after=0.2]] [[tokens n=1]]")

    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("stream", [True, False])
def test_silence_is_no_answer_at_all(alice, stream):
    with pytest.raises(requests.ReadTimeout):
        alice.ask("[[silence]]", stream=stream, timeout=0.1)


def test_mute_falls_silent_after_some_text(alice):
    answer = alice.ask("[[tokens n=10]] [[mute]]")
    answer.raw.connection.sock.settimeout(0.2)  # from here on, since the headers may take longer on a busy machine

    with pytest.raises(requests.ConnectionError, match="timed out"):
        b"".join(answer.iter_content(65536))


def test_stall_goes_on_with_comments(alice):
    answer = alice.ask("[[tokens n=10]] [[stall after=2]]")

    chunks = answer.raw.read_chunked(decode_content=False)
    seen = [next(chunks) for _ in range(8)]
    assert [chunk.startswith(b":") for chunk in seen] == [True, False, False] + [True] * 5
    answer.close()


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("mark", "reason"), [("cut", "ended prematurely"), ("reset", "reset by peer")])
def test_the_line_may_break_in_the_middle(alice, mark, reason, stream):
    answer = alice.ask(f"[[tokens n=100]] [[{mark}]]", stream=stream)

    received: list[bytes] = []
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match=reason):
        received.extend(answer.iter_content(None))
    assert b"1 " in b"".join(received)
    assert b'"usage"' not in b"".join(received)


def test_the_line_may_break_before_the_headers(alice):
    with pytest.raises(requests.ConnectionError):
        alice.ask("[[drop]]")


def test_crlf_changes_line_ends_only(alice):
    body = alice.ask("[[say a]] [[crlf]]").content

    assert body.count(b"\r\n") == body.count(b"\n") > 6
    assert text_of(events(body.replace(b"\r\n", b"\n"))) == "a"


def test_bytes_come_one_by_one(alice):
    chunks = http_chunks(alice.ask("[[bytes]]"))

    assert {len(chunk) for chunk in chunks} == {1}
    assert "👩‍🚀🍲" in text_of(events(b"".join(chunks)))


def test_a_burst_is_one_packet(alice):
    chunks = http_chunks(alice.ask("[[burst n=300]]"))

    assert len(chunks) == 1
    assert text_of(events(chunks[0])) == numbered(300)


def test_marks_combine(alice):
    body = alice.ask("[[crlf]] [[tokens n=6]] [[burst]] [[usage none]] [[nodone]]").content

    chunks = events(body.replace(b"\r\n", b"\n"))
    assert text_of(chunks) == numbered(6)
    assert "usage" not in chunks[-1]
    assert b"[DONE]" not in body


@pytest.mark.parametrize(("code", "expected"), [("502", 502), ("server_error", "server_error")])
def test_a_documented_error_in_the_middle(alice, code, expected):
    body = alice.ask(f"[[tokens n=10]] [[midstream code={code}]]").content

    chunks = events(body)
    assert text_of(chunks) == numbered(5)
    assert chunks[-1]["error"]["code"] == expected
    assert chunks[-1]["choices"][0]["finish_reason"] == "error"
    assert b"[DONE]" not in body


def test_a_late_error_beside_the_usage(alice, recording):
    last = alice.events("[[late-error]]")[-1]
    theirs = events(recording("chat-stream-error-in-200__minimax-m2-free__pydantic-ai-baafd4").body)[-1]

    assert last["error"] == theirs["error"]
    assert last["choices"][0]["finish_reason"] is None
    assert set(last) == set(theirs)


def test_an_error_after_the_end(alice):
    chunks = alice.ask("[[say all]] [[error-after-stop]]").content.split(b"\n\n")

    assert b'"finish_reason":"stop"' in chunks[-3]
    assert list(json.loads(chunks[-2].removeprefix(b"data: "))) == ["error"]


def test_only_an_error_with_status_200(alice):
    streamed = alice.ask("[[sole-error 429 upstream]]")
    whole = alice.ask("[[sole-error 429 upstream]]", stream=False)

    assert (streamed.status_code, whole.status_code) == (200, 200)
    assert events(streamed.content)[0]["error"]["code"] == 429
    assert whole.json()["error"]["code"] == 429


def test_the_data_may_just_end(alice):
    body = alice.ask("[[say all]] [[enddata]]").content

    chunks = events(body)
    assert text_of(chunks) == "all"
    assert finishes(chunks) == []
    assert b"usage" not in body
    assert b"[DONE]" not in body


@pytest.mark.parametrize(
    ("shape", "expected"),
    [("now", ["stop", "stop"]), ("empty", ["stop"]), ("null", ["stop"]), ("none", ["stop"])],
)
def test_usage_in_its_shapes(alice, shape, expected):
    chunks = alice.events(f"[[say a]] [[usage {shape}]]")

    assert finishes(chunks) == expected
    assert ("usage" in chunks[-1]) == (shape != "none")
    assert (chunks[-1]["choices"] == []) == (shape == "empty")


def test_the_finish_may_come_twice(alice):
    assert finishes(alice.events("[[twofinishes]]")) == ["stop"] * 3


@pytest.mark.parametrize(
    ("mark", "odd"),
    [
        ("garbage", b'"delta":\n\n'),
        ("nulldelta", b'"delta":null'),
        ("nochoices", b'"provider":"Amazon Bedrock"}'),
        ("emptychoices", b'"choices":[]'),
    ],
)
def test_an_odd_event_between_good_ones(alice, mark, odd):
    before, found, after = alice.ask(f"[[tokens n=4]] [[{mark}]]").content.partition(odd)

    assert found
    assert b'"content":"2 "' in before
    assert b'"content":"3 "' in after


def test_every_mark_answers_something(alice, standin):
    """None of them makes the stand-in itself stumble."""
    endless = {"mute", "stall", "silence", "drop", "cut", "reset", "megabyte", "big", "error"}
    for name in set(MARKS) - endless:
        for stream in (True, False):
            answer = alice.ask(
                f"[[tokens n=4]] [[{name}]] [[headers after=0]] [[slow first=0]] [[rate n=99999]]", stream=stream
            )
            assert answer.status_code in (200, 502)
            assert answer.content


@pytest.mark.parametrize(
    "question",
    ["[[tokens n=-1 rate=0]]", "[[bytes size=0]]", "[[tokens n=many]]", "[[error x]]"],
)
def test_a_mark_that_makes_no_sense_does_no_harm(alice, question):
    assert alice.ask(f"{question} [[rate n=99999]]").status_code == 200
    assert alice.text("Still there?")


def test_a_stalled_burst_never_comes_and_does_no_harm(alice):
    with pytest.raises(requests.ReadTimeout):
        alice.ask("[[stall]] [[burst]]", timeout=0.3)
    assert alice.text("Still there?")
