import http.client
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from tests.standin import StandIn
from tests.standin.client import Client, events, http_chunks, text_of


def test_answers_are_given_in_order_and_then_no_more(alice, standin):
    standin.answers(402)
    standin.answers("say", text="Second.", times=2)

    assert alice.ask("Hello?").status_code == 402
    assert alice.text("Hello?") == alice.text("Hello?") == "Second."
    assert "> Hello?" in alice.text("Hello?")


def test_an_answer_may_last_until_reset(alice, standin):
    standin.answers(503, times=None)

    assert [alice.ask("Hello?").status_code for _ in range(3)] == [503] * 3
    standin.reset()
    again = Client(standin, standin.make_key())
    assert again.ask("Hello?").status_code == 200


def test_what_was_sent_before_a_reset_does_not_count_after_it(alice, standin):
    address = urlsplit(standin.url)
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(b"POST /api/v1/chat/completions HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{}")
    standin.reset()
    alice.get("models")

    assert standin.chat_requests == []


def test_marks_may_be_queued_as_written(alice, standin):
    standin.answers("[[tokens n=3]] [[nodone]]")

    body = alice.ask("Hello?").content

    assert text_of(events(body)) == "1 2 3 "
    assert b"[DONE]" not in body


def test_an_unknown_mark_is_a_mistake_of_the_test(standin):
    for nonsense in ("nonsense", "[[nonsense]]"):
        with pytest.raises(LookupError):
            standin.answers(nonsense)


def test_a_queued_answer_waits_for_a_request_that_is_good(alice, standin):
    standin.answers(429)

    assert alice.ask("Hello?", model="nobody/nothing").status_code == 400
    assert alice.ask("Hello?").status_code == 429


def test_other_endpoints_can_fail_too(alice, standin):
    standin.answers(500, to="models")
    standin.answers("html", to="key")
    standin.answers_raw(b'{"data": []}', content_type="application/json", to="models")

    assert alice.get("models").status_code == 500
    assert alice.get("auth/key").status_code == 502
    assert alice.get("models").json() == {"data": []}
    assert alice.get("models").json()["total_count"] >= 12


def test_raw_chunks_are_sent_as_they_are(alice, standin):
    standin.answers_raw([b"data: a", b"b\n", b"\n"])

    answer = alice.ask("Hello?")

    assert answer.headers["Content-Type"] == "text/event-stream"
    assert http_chunks(answer) == [b"data: a", b"b\n", b"\n"]


def test_raw_chunks_behind_an_event_wait_for_it(alice, standin):
    rest = threading.Event()
    standin.answers_raw([b"one", rest, b"two"])

    answer = alice.ask("Hello?")

    assert answer.raw.read1(100) == b"one"
    assert standin.open_streams
    rest.set()
    assert answer.raw.read() == b"two"


def test_raw_bytes_are_cut_at_recorded_lengths(alice, standin):
    standin.answers_raw(b"0123456789", lengths=[3, 0, 7], status=202, headers=(("X-Test", "yes"),))

    answer = alice.ask("Hello?")

    assert (answer.status_code, answer.headers["X-Test"]) == (202, "yes")
    assert http_chunks(answer) == [b"012", b"3456789"]
    with pytest.raises(AssertionError):
        standin.answers_raw(b"0123", lengths=[3])


@pytest.mark.parametrize("end", ["cut", "reset"])
def test_raw_bytes_may_end_badly(alice, standin, end):
    standin.answers_raw(b"half", end=end)

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        alice.ask("Hello?").content  # noqa: B018 - reads to the end


def test_raw_bytes_may_hang(alice, standin):
    standin.answers_raw(b"half", end="hang")

    answer = alice.ask("Hello?")
    answer.raw.connection.sock.settimeout(0.2)  # from here on, since the headers may take longer on a busy machine

    with pytest.raises(requests.ConnectionError):
        answer.content  # noqa: B018 - reads to the end


def test_requests_are_remembered(alice, standin):
    before = time.time()
    alice.ask("Hello?", user="u1").close()
    alice.get("key")

    chat, key = standin.requests

    assert (chat.method, chat.path) == ("POST", "/api/v1/chat/completions")
    assert chat.body["user"] == "u1"
    assert chat.headers["authorization"] == f"Bearer {alice.key}"
    assert chat.headers["content-type"] == "application/json"
    assert before <= chat.at <= key.at
    assert standin.chat_requests == [chat]


@pytest.mark.parametrize("question", ["[[tokens n=99999 rate=50]]", "[[mute after=1]]", "[[headers after=60]]"])
def test_a_client_that_leaves_is_noticed(alice, standin, question):
    session = threading.Thread(target=_leave_soon, args=(alice, question))
    session.start()
    session.join()

    (stream,) = standin.wait_for(lambda: standin.closed_early)

    assert stream.opened_at < stream.closed_at
    assert not standin.open_streams
    assert alice.get("key").json()["data"]["usage"] == 0


def _leave_soon(client, question):
    try:
        answer = client.ask(question, timeout=0.2)
    except requests.ReadTimeout:
        return
    time.sleep(0.2)
    answer.close()


def test_a_generation_that_was_left_is_cancelled(alice, standin):
    answer = alice.ask("[[mute after=1]]")
    answer.close()
    standin.wait_for(lambda: standin.closed_early)
    standin.later(3)

    data = alice.get(f"generation?id={answer.headers['X-Generation-Id']}").json()["data"]

    assert (data["cancelled"], data["total_cost"]) == (True, 0)


def test_an_answer_read_to_its_end_is_not_left_early(alice, standin):
    alice.text("Hello?")
    alice.ask("[[midstream]]").content  # noqa: B018 - reads to the end

    standin.wait_for(lambda: not standin.open_streams)

    assert standin.closed_early == []


def test_reset_cuts_what_is_open(alice, standin):
    answer = alice.ask("[[mute]]")
    standin.wait_for(lambda: standin.open_streams)

    standin.reset()

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        answer.content  # noqa: B018 - reads to the end
    assert (standin.requests, standin.open_streams, standin.people.keys) == ([], [], {})


def test_many_streams_run_at_once(alice, standin):
    """Two hundred of two seconds each: one after the other they would take longer than any test may."""
    answers = [alice.ask("[[tokens n=5 rate=2.5]]") for _ in range(200)]

    texts = {text_of(events(answer.content)) for answer in answers}

    assert texts == {"1 2 3 4 5 "}


def test_several_can_run_beside_each_other():
    with StandIn() as one, StandIn() as other:
        one.answers(503)

        assert one.url != other.url
        assert Client(other, other.make_key()).ask("Hello?").status_code == 200


def test_a_port_that_is_taken_is_an_error(standin):
    port = int(standin.url.rpartition(":")[2])

    with pytest.raises(OSError, match="in use"):
        StandIn(port=port).start()


def test_it_leaves_nothing_behind():
    threads = set(threading.enumerate())
    with StandIn() as standin:
        answer = Client(standin, standin.make_key()).ask("[[mute]]")
        kept_alive = http.client.HTTPConnection(standin.url.removeprefix("http://"), timeout=60)
        kept_alive.request("GET", "/settings/credits")
        kept_alive.getresponse().read()

    assert set(threading.enumerate()) <= threads
    assert kept_alive.sock.recv(1) == b""
    with pytest.raises(requests.ConnectionError):
        requests.get(standin.url, timeout=1)
    kept_alive.close()
    answer.close()
