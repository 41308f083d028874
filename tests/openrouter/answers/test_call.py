"""A call over a real socket: what arrives, and every way in which it ends."""

import gc
import json
import threading
import time
import tracemalloc

import pytest

from chat.openrouter import (
    Finished,
    Interrupted,
    LineSilent,
    NoProgress,
    OpenRouter,
    OutOfCredit,
    Started,
    Text,
    Unreachable,
    UpstreamUnavailable,
)
from tests.openrouter.answers.calls import BODY, EVENTS, client_of, events_of, read_until_failure
from tests.openrouter.chunks import ANSWER, COMMENT, DONE, chunk, event, finish, text, usage
from tests.openrouter.scripted_server import PATIENCE_SECONDS, STREAM_END, STREAM_HEAD, wait_for


def test_it_yields_the_events_of_an_answer(any_server, key):
    any_server.streams(COMMENT, *ANSWER)

    call = client_of(any_server).chat(key, BODY)

    assert events_of(call) == EVENTS
    assert call.generation_id == "gen-1"
    assert not call.is_cancelled


def test_one_read_is_one_batch_with_its_text_joined(server, client, key):
    server.streams(b"".join(ANSWER))

    batches = list(client.chat(key, BODY).batches())

    assert batches == [EVENTS]


def test_nothing_of_a_burst_is_kept_back_while_the_line_is_silent(any_server, key):
    words = [f"{number} " for number in range(2_000)]

    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*map(text, words))  # some 300 KB
        visit.wait_for_hang_up()

    any_server.script = script
    events, failure = read_until_failure(client_of(any_server, transport_idle_seconds=1).chat(key, BODY))

    assert isinstance(failure, LineSilent)
    assert "".join(event.text for event in events if isinstance(event, Text)) == "".join(words)


def test_a_read_of_comments_alone_is_no_batch(server, client, key):
    server.streams(COMMENT, *ANSWER)

    assert all(client.chat(key, BODY).batches())


def test_it_sends_the_body_and_asks_for_a_stream(server, client, key):
    server.streams(*ANSWER)

    list(client.chat(key, BODY))

    request = server.last_request
    assert (request.method, request.path) == ("POST", "/api/v1/chat/completions")
    assert json.loads(request.body) == BODY | {"stream": True}
    assert request.headers["authorization"] == f"Bearer {key.reveal()}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"
    assert "transfer-encoding" not in request.headers


def test_nothing_is_sent_before_it_is_iterated(server, client, key):
    client.chat(key, BODY)

    assert server.connections == 0


def test_it_is_iterated_once(server, client, key):
    server.streams(*ANSWER)
    call = client.chat(key, BODY)
    list(call)

    with pytest.raises(RuntimeError):
        list(call)


def test_text_arrives_as_it_is_sent(any_server, key):
    """Neither the rest of the 8 KiB nor the rest of a chunk is waited for: the server waits for the reader."""
    taken = threading.Semaphore()

    def script(visit):
        visit.send(STREAM_HEAD)
        for piece in ANSWER[:-1]:
            if not taken.acquire(timeout=60):
                return
            visit.chunk(piece)
        visit.send(STREAM_END)

    any_server.script = script
    batches = []
    for batch in client_of(any_server).chat(key, BODY).batches():
        batches.append(batch)
        taken.release()

    assert batches == [[EVENTS[0], Text("Hel")], [Text("lo")], EVENTS[2:3], EVENTS[3:]]


def test_a_large_upload_may_take_longer_than_the_connect_timeout(server, key):
    """Each piece has the timeout to itself."""
    large = BODY | {"image": "x" * 8_000_000}

    server.streams(*ANSWER)
    server.seconds_per_megabyte = 0.3
    client = client_of(server, connect_timeout_seconds=1.5)
    started = time.monotonic()

    assert events_of(client.chat(key, large)) == EVENTS

    assert time.monotonic() - started > 1.5
    assert len(server.last_request.body) > 8_000_000


def test_the_connection_serves_the_next_call(server, client, key):
    server.streams(*ANSWER)

    for _ in range(3):
        assert events_of(client.chat(key, BODY)) == EVENTS

    assert server.connections == 1


def test_leaving_the_loop_hangs_up(server, client, key):
    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER[:2])
        visit.wait_for_hang_up()

    server.script = script
    for _ in client.chat(key, BODY):
        break

    assert server.visits[0].hung_up.wait(PATIENCE_SECONDS)


def test_the_body_is_not_kept_while_the_answer_streams(server, client, key):
    """Three images are megabytes, and a thousand answers may be running."""
    server.script = lambda visit: (visit.send(STREAM_HEAD), visit.chunk(*ANSWER[:2]), visit.wait_for_hang_up())
    tracemalloc.start()
    try:
        batches = client.chat(key, BODY | {"image": "x" * 5_000_000}).batches()
        next(batches)
        server.visits[0].request.body = b""
        _, peak_bytes = tracemalloc.get_traced_memory()
        # The server's threads let go of what they read in their own time; what is in a cycle goes with a collection.
        wait_for(lambda: gc.collect() >= 0 and tracemalloc.get_traced_memory()[0] < 1_000_000)
    finally:
        tracemalloc.stop()

    assert peak_bytes > 5_000_000
    batches.close()


# The end


def test_without_done_it_ends_soon_after_finish_and_usage(server, client, key):
    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER[:-1])
        visit.wait_for_hang_up()

    server.script = script

    assert events_of(client.chat(key, BODY)) == EVENTS

    assert server.visits[0].hung_up.wait(PATIENCE_SECONDS)


def test_comments_after_the_end_do_not_keep_it_open(server, client, key):
    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER)
        while True:
            visit.chunk(COMMENT)
            time.sleep(0.05)

    server.script = script

    assert events_of(client.chat(key, BODY)) == EVENTS


def test_a_break_after_finish_and_usage_harms_nobody(server, client, key):
    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER[:-1])
        visit.reset()

    server.script = script

    assert events_of(client.chat(key, BODY)) == EVENTS


@pytest.mark.parametrize("ending", [(), (DONE,)], ids=["no [DONE]", "[DONE]"])
def test_a_stream_without_finish_reason_was_interrupted(server, client, key, ending):
    server.streams(*ANSWER[:2], *ending)

    events, failure = read_until_failure(client.chat(key, BODY))

    assert events == EVENTS[:2]
    assert type(failure) is Interrupted
    assert failure.generation_id == "gen-1"


def test_done_without_finish_reason_is_not_waited_on(server, client, key):
    server.script = lambda visit: (visit.send(STREAM_HEAD), visit.chunk(text("Hi"), DONE), visit.wait_for_hang_up())

    _, failure = read_until_failure(client.chat(key, BODY))

    assert type(failure) is Interrupted
    assert server.visits[0].hung_up.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize("way", ["reset", "close"])
def test_a_line_that_breaks_was_interrupted(any_server, key, way):
    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER[:2])
        time.sleep(0.05)
        visit.reset() if way == "reset" else visit.close()

    any_server.script = script

    events, failure = read_until_failure(client_of(any_server).chat(key, BODY))

    assert events == EVENTS[:2]
    assert type(failure) is Interrupted


def test_a_line_that_breaks_before_the_headers_was_interrupted(server, client, key):
    server.script = lambda visit: visit.reset()

    events, failure = read_until_failure(client.chat(key, BODY))

    assert (events, type(failure)) == ([], Interrupted)


def test_a_silent_line_is_given_up(any_server, key):
    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER[:2])
        visit.wait_for_hang_up()

    any_server.script = script
    client = client_of(any_server, transport_idle_seconds=0.2)

    events, failure = read_until_failure(client.chat(key, BODY))

    assert events == EVENTS[:2]
    assert type(failure) is LineSilent
    assert failure.details == {"after_seconds": 0.2}
    assert failure.generation_id == "gen-1"
    assert any_server.visits[0].hung_up.wait(PATIENCE_SECONDS)


def test_headers_that_never_come_are_a_silent_line(server, key):
    server.script = lambda visit: visit.wait_for_hang_up()

    events, failure = read_until_failure(client_of(server, transport_idle_seconds=0.2).chat(key, BODY))

    assert (events, type(failure)) == ([], LineSilent)


@pytest.mark.parametrize("sign", [COMMENT, chunk({"role": "assistant", "content": ""})])
def test_signs_of_life_keep_the_line_but_are_no_progress(server, key, sign):
    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER[:2])
        while True:
            visit.chunk(sign)
            time.sleep(0.02)

    server.script = script
    client = client_of(server, transport_idle_seconds=1, content_idle_seconds=1.5)
    started = time.monotonic()

    events, failure = read_until_failure(client.chat(key, BODY))

    assert events == EVENTS[:2]
    assert type(failure) is NoProgress
    assert time.monotonic() - started > 1.4


def test_slow_but_steady_is_not_idle(server, key):
    def script(visit):
        visit.send(STREAM_HEAD)
        for piece in (*ANSWER[:2] * 15, *ANSWER[2:]):
            time.sleep(0.05)
            visit.chunk(piece, COMMENT)
        visit.send(STREAM_END)

    server.script = script
    client = client_of(server, transport_idle_seconds=1.2, content_idle_seconds=1.2)

    assert "".join(event.text for event in client.chat(key, BODY) if isinstance(event, Text)) == "Hello" * 15


def test_nobody_there(server, key):
    client = OpenRouter("http://127.0.0.1:1", title="Potluck", referer="http://localhost:8000")

    events, failure = read_until_failure(client.chat(key, BODY))

    assert (events, type(failure)) == ([], Unreachable)
    assert failure.details == {"cause": "NewConnectionError"}


def test_a_certificate_that_nobody_vouches_for(tls_server, key, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    _, failure = read_until_failure(client_of(tls_server).chat(key, BODY))

    assert type(failure) is Unreachable
    assert failure.details == {"cause": "SSLError"}


# Errors


def test_a_refusal_has_its_class_and_the_generation(server, client, key):
    server.answers(402, {"error": {"code": 402, "message": "Insufficient credits"}}, X_Generation_Id="gen-9")

    events, failure = read_until_failure(client.chat(key, BODY))

    assert events == []
    assert type(failure) is OutOfCredit
    assert (failure.status, failure.generation_id) == (402, "gen-9")


def test_an_error_in_the_middle_comes_after_all_that_came_before(server, client, key):
    broken = event(
        {
            "id": "gen-1",
            "error": {"code": 502, "message": "Provider disconnected"},
            "usage": usage(),
            "choices": [],
        }
    )
    server.streams(b"".join([*ANSWER[:2], broken, DONE]))

    events, failure = read_until_failure(client.chat(key, BODY))

    assert events == [EVENTS[0], Text("Hello"), EVENTS[3]]
    assert type(failure) is UpstreamUnavailable
    assert failure.message == "Provider disconnected"


def test_an_error_after_the_finish_counts(server, client, key):
    server.streams(text("Hi"), finish(), chunk(error={"code": 400, "message": "Token limit reached"}), DONE)

    events, failure = read_until_failure(client.chat(key, BODY))

    assert events[-1] == Finished("stop")
    assert failure.message == "Token limit reached"


@pytest.mark.parametrize("padding", [b"", b" \n" * 50], ids=["bare", "padded"])
def test_a_success_that_is_only_an_error(server, client, key, padding):
    server.streams(padding + b" ", json.dumps({"error": {"code": 429, "message": "Busy"}}).encode())

    events, failure = read_until_failure(client.chat(key, BODY))

    assert (events, failure.kind, failure.message) == ([], "rate_limited", "Busy")


def test_an_answer_that_was_not_streamed_after_all(server, client, key):
    message = {"role": "assistant", "content": "Hello", "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    server.answers(200, {"id": "gen-1", "model": "m", "provider": "P", "choices": [choice], "usage": usage()})

    events = list(client.chat(key, BODY))

    assert events == [Started("gen-1", "m", "P"), *EVENTS[1:]]


@pytest.mark.parametrize("status", [200, 302, 403, 502, 524])
def test_a_web_page_instead_of_an_answer(server, client, key, status):
    server.answers(status, b"<!DOCTYPE html><html><b>oops</b></html>", Content_Type="text/html", Location="/")

    events, failure = read_until_failure(client.chat(key, BODY))

    assert events == []
    assert failure.message == ""
    assert failure.kind == ("refused" if status == 403 else "upstream_unavailable")
    assert len(server.visits) == 1
