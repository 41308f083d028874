"""An answer or an error that is longer than any that is meant for people."""

import threading
import tracemalloc

import pytest

from chat.openrouter import Finished, UpstreamUnavailable
from chat.openrouter.answers import length_limit
from chat.openrouter.errors.kinds import AnswerTooLarge
from tests.openrouter.answers.calls import BODY, events_of, read_until_failure
from tests.openrouter.chunks import chunk
from tests.openrouter.scripted_server import PATIENCE_SECONDS, STREAM_END, STREAM_HEAD


@pytest.mark.parametrize("field", ["content", "reasoning"])
def test_an_answer_without_an_end_is_ended_as_too_long(server, client, key, monkeypatch, field):
    monkeypatch.setattr(length_limit, "MAX_CHARACTERS", 1_000)
    is_over = threading.Event()

    def script(visit):
        visit.send(STREAM_HEAD)
        while not is_over.is_set():
            visit.chunk(chunk({field: "x" * 300}))
        visit.wait_for_hang_up()

    server.script = script
    call = client.chat(key, BODY)
    patience = threading.Timer(PATIENCE_SECONDS / 3, call.cancel)  # with one that goes on and on
    patience.start()
    _started, words, finished = events_of(call)
    patience.cancel()
    is_over.set()

    assert (len(words.text), finished) == (1_000, Finished("length"))
    assert not call.is_cancelled


def test_an_answer_that_is_no_stream_and_has_no_end_is_refused(server, client, key, monkeypatch):
    monkeypatch.setattr("chat.openrouter.answers.call.MAX_BODY_BYTES", 100_000)
    server.answers(200, b'{"choices": "' + b"x" * 3_000_000)

    with pytest.raises(AnswerTooLarge):
        list(client.chat(key, BODY))


@pytest.mark.parametrize("body", [b"x", b"<html>"])
def test_of_an_error_only_the_beginning_is_read(server, client, key, body):
    def script(visit):
        visit.send(b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n")
        visit.chunk(body, *[b"x" * 1_000_000] * 60)
        visit.send(STREAM_END)

    server.script = script
    tracemalloc.start()
    _events, failure = read_until_failure(client.chat(key, BODY))
    _now, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert isinstance(failure, UpstreamUnavailable)
    assert most_bytes < 20_000_000
