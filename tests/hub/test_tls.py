"""OpenRouter over TLS, where decrypted bytes can wait although the socket has nothing to read."""

from collections.abc import Iterator
from threading import Event

import pytest

from tests.http_client import Visitor
from tests.hub.bystander import Bystander
from tests.site import Site
from tests.standin import StandIn
from tests.standin.certificate import make_certificate
from tests.standin.wire import DONE, Wire

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


@pytest.fixture(scope="module")
def one_standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    certfile, keyfile = make_certificate(tmp_path_factory.mktemp("certificate"))
    with StandIn(certfile=certfile, keyfile=keyfile) as standin:
        yield standin


@pytest.fixture(scope="module")
def one_site(tmp_path_factory: pytest.TempPathFactory, one_standin: StandIn) -> Iterator[Site]:
    trusted = str(tmp_path_factory.getbasetemp() / "certificate0" / "cert.pem")
    folder = tmp_path_factory.mktemp("site")
    with Site(folder, openrouter_url=one_standin.url, REQUESTS_CA_BUNDLE=trusted) as site:
        yield site


def test_an_answer_arrives_as_it_is_written(alice, one_standin):
    assert one_standin.url.startswith("https://")
    rest = Event()
    one_standin.answers_raw([wire.text("One "), rest, wire.text("two"), wire.finish("stop"), DONE])
    pieces, received = alice.reads(alice.asks("Count, please.")), b""
    while b"One" not in received:
        received += next(pieces)
    rest.set()
    received += b"".join(pieces)

    assert b"One two" in received
    assert received.endswith(b"event: done\ndata: complete\n\n")


def test_events_of_one_tls_record_arrive_without_waiting_for_the_next(alice, one_standin):
    """What TLS holds decrypted wakes nobody who waits for the socket."""
    words = [wire.text(f"{number}\n\n") for number in range(1, 3001)]
    one_standin.answers_raw(b"".join(words), end="hang")  # some 500 KB
    pieces = alice.reads(alice.asks("Count, please."))
    received = b""
    while b">3000<" not in received:
        received += next(pieces)


def test_a_silent_connection_blocks_nobody_and_stop_ends_it(alice: Visitor, bob: Visitor, one_standin):
    path = bob.sends("[[mute after=3]]")
    pieces = bob.reads(bob.opens(path))
    with Bystander(alice) as bystander:
        while b"hx-target" not in next(pieces):
            pass
        bystander.waits_for(10)
        bob.posts(path.partition("?")[0].replace("stream/", "cancellation/"))
        assert b"".join(pieces).endswith(b"event: done\ndata: stopped\n\n")
    assert one_standin.wait_for(lambda: one_standin.closed_early)
