"""The connections underneath: what is shared between calls, what is not, and how much of an answer is received."""

import gzip
import ssl
import time

import pytest

from chat.openrouter import AnswerTooLarge, NoProgress, OpenRouter, Unreachable
from chat.openrouter.connection.transport import Transport
from tests.openrouter.answers.calls import EVENTS, client_of, events_of
from tests.openrouter.chunks import ANSWER
from tests.openrouter.scripted_server import STREAM_HEAD


@pytest.fixture
def transport(server):
    transport = Transport(server.url, headers={}, connect_timeout_seconds=10)
    yield transport
    transport.close()


def test_the_certificates_are_read_once_for_all_connections(tls_server, key, monkeypatch):
    """Reading them takes some 30 ms, in which a gevent worker serves nobody."""
    tls_server.streams(*ANSWER)
    client = client_of(tls_server)
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: pytest.fail("read again"))
    calls = [client.chat(key, {}).batches() for _ in range(3)]

    assert all(next(call) for call in calls)

    assert tls_server.connections == 3
    del calls


def test_a_certificate_for_another_name_is_refused(tls_server, key):
    with pytest.raises(Unreachable) as failure:
        list(OpenRouter(tls_server.url.replace("127.0.0.1", "localhost"), title="", referer="").chat(key, {}))

    assert failure.value.details == {"cause": "SSLError"}


def test_a_proxy_of_the_machine_is_used(server, key, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.streams(*ANSWER)
    client = OpenRouter("http://openrouter.invalid", title="", referer="")

    assert events_of(client.chat(key, {})) == EVENTS

    assert server.last_request.path == "http://openrouter.invalid/api/v1/chat/completions"


@pytest.mark.parametrize("kind", ["as it is", "compressed", "in chunks"])
def test_a_connection_is_used_again_after_a_whole_answer(server, transport, kind):
    if kind == "compressed":
        server.answers(200, gzip.compress(b"Hello"), Content_Encoding="gzip")
    elif kind == "in chunks":
        server.streams(b"Hel", b"lo")
    else:
        server.answers(200, b"Hello")

    limits = {"read_timeout_seconds": 10, "most_bytes": 5, "most_seconds": 10}
    answers = [transport.receive("GET", "/", **limits).content for _ in range(3)]

    assert answers == [b"Hello"] * 3
    assert server.connections == 1


def test_an_answer_that_is_too_long_is_not_read_to_its_end(server, transport):
    def script(visit):
        visit.send(STREAM_HEAD)
        visit.chunk(b"Hello!")
        visit.wait_for_hang_up()

    server.script = script
    with pytest.raises(AnswerTooLarge):
        transport.receive("GET", "/", read_timeout_seconds=10, most_bytes=5, most_seconds=10)

    assert server.visits[0].hung_up.wait(10)


def test_an_answer_that_trickles_is_given_up(server, transport):
    def script(visit):
        visit.send(STREAM_HEAD)
        while True:
            visit.chunk(b".")
            time.sleep(0.01)

    server.script = script
    with pytest.raises(NoProgress):
        transport.receive("GET", "/", read_timeout_seconds=10, most_bytes=1_000_000, most_seconds=0.2)
