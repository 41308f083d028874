"""What one read brings: all that has come, however it was cut into chunks and packets."""

import threading

import pytest

from chat.openrouter import Interrupted, Text
from chat.openrouter.connection.chunked_response import MAX_LINE_BYTES, ChunkDecoder
from tests.openrouter.answers.calls import BODY, EVENTS, client_of
from tests.openrouter.chunks import ANSWER, text
from tests.openrouter.scripted_server import PATIENCE_SECONDS, STREAM_END, STREAM_HEAD, chunked

CONTENT = [b"first", b"\r\n", b"0\r\n\r\n", b"x" * 300]
STREAM_END_CHUNK = b""  # no content: the last one
BODY_BYTES = b"".join(chunked(content) for content in CONTENT) + STREAM_END


def test_many_chunks_that_are_there_are_one_batch(any_server, key):
    """A token a chunk, and a reader that comes ten times a second."""
    batches = late_reader_of(any_server, key, *ANSWER[1:], STREAM_END_CHUNK)

    assert list(batches) == [[Text("lo"), *EVENTS[2:]]]


def test_what_came_before_a_break_is_handed_over(any_server, key):
    batches = late_reader_of(any_server, key, ANSWER[1])

    assert next(batches) == [Text("lo")]
    with pytest.raises(Interrupted):
        next(batches)


def test_a_burst_larger_than_one_batch_is_whole(any_server, key):
    words = [f"word{number} " for number in range(3_000)]

    batches = list(late_reader_of(any_server, key, *map(text, words), *ANSWER[2:], STREAM_END_CHUNK))

    assert 1 < len(batches) < 100
    assert "".join(event.text for batch in batches for event in batch if isinstance(event, Text)) == "".join(words)


def late_reader_of(any_server, key, *chunks: bytes):
    """The batches behind the first one, read when all `chunks` have come and the line has been closed."""
    first_is_read, all_is_sent = threading.Event(), threading.Event()

    def script(visit):
        visit.send(STREAM_HEAD + chunked(ANSWER[0]))
        first_is_read.wait(PATIENCE_SECONDS)
        visit.send(b"".join(chunked(chunk) for chunk in chunks))
        all_is_sent.set()
        visit.close()

    any_server.script = script
    batches = client_of(any_server).chat(key, BODY).batches()
    next(batches)
    first_is_read.set()
    assert all_is_sent.wait(PATIENCE_SECONDS)
    return batches


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_chunks_may_be_cut_anywhere(size):
    chunks = ChunkDecoder()

    content = b"".join(chunks.feed(BODY_BYTES[at : at + size]) for at in range(0, len(BODY_BYTES), size))

    assert content == b"".join(CONTENT)
    assert chunks.is_finished


def test_extensions_and_trailers_are_passed_over():
    chunks = ChunkDecoder()

    assert chunks.feed(b'5;name="value"\r\nhello\r\n0\r\nExpires: never\r\n') == b"hello"
    assert not chunks.is_finished
    assert chunks.feed(b"\r\n") == b""
    assert chunks.is_finished


@pytest.mark.parametrize("nonsense", [b"<html>\n", b"\r\n", b"5" * (MAX_LINE_BYTES + 1)])
def test_what_is_no_chunk_is_an_error(nonsense):
    with pytest.raises(ValueError, match=r"chunk|invalid literal"):
        ChunkDecoder().feed(nonsense)
