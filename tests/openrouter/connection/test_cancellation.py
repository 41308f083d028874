"""A call is cancelled: wherever it is, its connection ends at once and its iteration with it, without an error."""

import gc
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from chat.openrouter import Call, Event, OpenRouter, Text
from chat.openrouter.answers.chat_completions import merge_adjacent
from tests.openrouter.answers.calls import BODY, EVENTS, client_of, events_of
from tests.openrouter.chunks import ANSWER, COMMENT
from tests.openrouter.scripted_server import STREAM_END, STREAM_HEAD, chunked, wait_for

AT_ONCE_SECONDS = 8  # on a busy machine; nothing else would end these calls before 10 s


class Consumer(threading.Thread):
    """Iterates a call as the site does: in a thread of its own."""

    def __init__(self, call: Call) -> None:
        super().__init__(daemon=True)
        self.call = call
        self.events: list[Event] = []
        self.failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            for events in self.call.batches():
                self.events += events
        except BaseException as failure:
            self.failure = failure

    def cancel(self) -> float:
        """Cancel; return after how many seconds the iteration was over."""
        started = time.monotonic()
        self.call.cancel()
        self.join(AT_ONCE_SECONDS)
        assert self.failure is None
        assert self.call.is_cancelled
        return time.monotonic() - started


def test_before_it_began_nothing_is_sent(server, client, key):
    call = client.chat(key, BODY)
    call.cancel()

    assert list(call) == []

    assert server.connections == 0


def test_while_it_connects(key):
    with a_port_that_nobody_answers() as port:
        consumer = Consumer(OpenRouter(f"http://127.0.0.1:{port}", title="", referer="").chat(key, BODY))
        time.sleep(0.1)
        assert consumer.is_alive()

        assert consumer.cancel() < AT_ONCE_SECONDS


def test_while_tls_shakes_hands(server, key):
    """The plain server takes the connection and never speaks TLS."""
    server.script = lambda visit: visit.wait_for_hang_up()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}"
        consumer = Consumer(OpenRouter(url, title="", referer="").chat(key, BODY))
        time.sleep(0.1)
        assert consumer.is_alive()

        assert consumer.cancel() < AT_ONCE_SECONDS


def test_while_it_sends_images(any_server, key):
    any_server.seconds_per_megabyte = 1
    consumer = Consumer(client_of(any_server).chat(key, BODY | {"image": "x" * 30_000_000}))
    time.sleep(0.3)
    assert consumer.is_alive()

    assert consumer.cancel() < AT_ONCE_SECONDS

    assert any_server.visits == []


def test_before_the_headers_come(any_server, key):
    any_server.script = lambda visit: visit.wait_for_hang_up()
    consumer = Consumer(client_of(any_server).chat(key, BODY))
    visit = any_server.wait_for_visit()

    assert consumer.cancel() < AT_ONCE_SECONDS

    assert visit.hung_up.wait(AT_ONCE_SECONDS)


def test_while_the_stream_is_silent(any_server, key):
    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER[:2])
        visit.wait_for_hang_up()

    any_server.script = script
    consumer = Consumer(client_of(any_server).chat(key, BODY))
    wait_for(lambda: merge_adjacent(consumer.events) == EVENTS[:2])

    assert consumer.cancel() < AT_ONCE_SECONDS

    assert any_server.visits[0].hung_up.wait(AT_ONCE_SECONDS)
    assert merge_adjacent(consumer.events) == EVENTS[:2]


def test_while_words_pour_in(any_server, key):
    any_server.script = talk_on_and_on
    consumer = Consumer(client_of(any_server).chat(key, BODY))
    wait_for(lambda: consumer.events)

    assert consumer.cancel() < AT_ONCE_SECONDS


def test_while_a_refusal_is_read(server, client, key):
    def script(visit):
        visit.send(b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\n{")
        visit.wait_for_hang_up()

    server.script = script
    consumer = Consumer(client.chat(key, BODY))
    server.wait_for_visit()
    time.sleep(0.05)

    assert consumer.cancel() < AT_ONCE_SECONDS


def test_by_the_consumer_itself(server, client, key):
    """What has been received already and not yet read is not read any more."""
    server.script = lambda visit: (visit.send(STREAM_HEAD + chunked(*[ANSWER[0]] * 9)), visit.wait_for_hang_up())
    call = client.chat(key, BODY)
    batches = 0

    for _ in call.batches():
        batches += 1
        call.cancel()

    assert batches == 1


def test_again_and_again(server, client, key):
    server.script = lambda visit: visit.wait_for_hang_up()
    consumer = Consumer(client.chat(key, BODY))
    server.wait_for_visit()

    for _ in range(3):
        consumer.cancel()


def test_after_the_end_it_does_not_touch_the_next_call_on_the_same_connection(any_server, key):
    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER[:2])
        if len(any_server.visits) == 2:
            first.cancel()
            time.sleep(0.05)
        visit.chunk(*ANSWER[2:])
        visit.send(STREAM_END)

    any_server.script = script
    client = client_of(any_server)
    first = client.chat(key, BODY)
    assert events_of(first) == EVENTS

    assert events_of(client.chat(key, BODY)) == EVENTS

    assert any_server.connections == 1


def test_a_connection_that_is_back_in_the_pool_is_out_of_reach(server, client, key):
    """The first call has read the end, and its last event is still with its consumer."""

    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER[:2])
        if len(server.visits) == 2:
            first.cancel()
            time.sleep(0.05)
        visit.chunk(b"".join(ANSWER[2:-1]).removesuffix(b"\n\n"))
        visit.send(STREAM_END)

    server.script = script
    first = client.chat(key, BODY)
    batches = first.batches()
    while EVENTS[-1] not in next(batches):
        pass

    assert events_of(client.chat(key, BODY)) == EVENTS

    assert server.connections == 1


def test_on_a_connection_that_served_before(any_server, key):
    any_server.streams(*ANSWER)
    client = client_of(any_server)
    list(client.chat(key, BODY))
    any_server.script = lambda visit: visit.wait_for_hang_up()
    consumer = Consumer(client.chat(key, BODY))
    wait_for(lambda: len(any_server.visits) == 2)

    assert consumer.cancel() < AT_ONCE_SECONDS

    assert any_server.connections == 1


# Python 3.11 leaves a connection that ends in the middle of ssl.wrap_socket to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
@pytest.mark.parametrize("seed", range(3))
def test_at_any_moment(any_server, key, seed):
    """Every outcome is either the whole answer or a part of it; nothing hangs, nothing is raised."""
    any_server.streams(COMMENT, *ANSWER)
    client = client_of(any_server)
    for step in range(40):
        consumer = Consumer(client.chat(key, BODY))
        time.sleep((step + seed / 3) * 0.0002)

        assert consumer.cancel() < AT_ONCE_SECONDS

        seen = in_letters(consumer.events)
        assert seen == in_letters(EVENTS)[: len(seen)]
    gc.collect()


def in_letters(events: Iterable[object]) -> list[object]:
    return [part for event in events for part in (event.text if isinstance(event, Text) else [event])]


def talk_on_and_on(visit) -> None:
    visit.send(STREAM_HEAD)
    while True:
        visit.chunk(ANSWER[0], COMMENT)


@contextmanager
def a_port_that_nobody_answers() -> Iterator[int]:
    """A listener whose queue is full: the kernel leaves further connections hanging."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(address)
        yield address[1]
        for sock in waiting:
            sock.close()
