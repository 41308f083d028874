"""gunicorn, gevent and psycopg together: the real server process on a real PostgreSQL."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from tests.http_client import Visitor
from tests.standin.wire import DONE, Wire
from tests.streaming.test_sleeping_readers import sleeper, streams

pytestmark = pytest.mark.timeout(400)
STREAMS_EACH = 6
VISITORS = 9  # nobody's account is a new one each time
MOST_CONNECTIONS = 10  # webapp/settings.py
wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


def test_a_streamed_answer(site, one_standin):
    visitor, rest = Visitor(site, one_standin), Event()
    one_standin.answers_raw([wire.text("One "), rest, wire.text("two"), wire.finish("stop"), DONE])
    pieces, received = visitor.reads(visitor.asks("Count, please.")), b""
    while b"One" not in received:
        received += next(pieces)
    rest.set()
    received += b"".join(pieces)

    assert received.endswith(b"event: done\ndata: complete\n\n")
    ((reply, chat),) = site.ask_database(
        "SELECT r.id, m.conversation_id FROM chat_reply r JOIN chat_message m ON m.id = r.message_id"
        " ORDER BY r.asked_at DESC LIMIT 1"
    )
    page = visitor.looks_at(f"/chats/{chat}/")
    assert "One two" in page.text
    assert 'data-state="complete"' in page.text
    assert (reply,) not in site.ask_database("SELECT reply_id FROM chat_piece")


def test_waiting_streams_hold_a_handful_of_connections(site, one_standin):
    visitors = [Visitor(site, one_standin, "nobody") for _ in range(VISITORS)]
    streams = [visitor.asks("[[mute after=1]]") for visitor in visitors for _ in range(STREAMS_EACH)]
    one_standin.wait_for(lambda: len(one_standin.open_streams) == VISITORS * STREAMS_EACH, seconds=30)
    samples = []
    for _ in range(20):
        samples.append(site.connections())
        time.sleep(0.1)

    assert max(samples) <= MOST_CONNECTIONS, samples
    running = "SELECT count(*) FROM chat_reply WHERE state = 'streaming' AND lease_until > now()"
    assert site.ask_database(running) == [(VISITORS * STREAMS_EACH,)]
    assert visitors[0].looks_at("/").status_code == 200
    for stream in streams:
        stream.close()


def test_many_that_come_at_once_share_a_few_connections(site, one_standin):
    """PostgreSQL lets in a hundred, and with a connection for each greenlet the others would get an error."""
    visitor = Visitor(site, one_standin)
    with ThreadPoolExecutor(40) as crowd:
        pages = [crowd.submit(visitor.looks_at, "/") for _ in range(60)]
        samples = [site.connections() for _ in range(20)]

    assert {page.result().status_code for page in pages} == {200}
    assert max(samples) <= MOST_CONNECTIONS, samples


def test_readers_that_sleep_hold_none(site, one_standin):
    visitor = Visitor(site, one_standin)
    address = visitor.sends("[[megabyte]]")
    b"".join(visitor.reads(visitor.opens(address)))
    phones = [sleeper(site, visitor, address) for _ in range(MOST_CONNECTIONS + 5)]
    one_standin.wait_for(lambda: streams(site) > len(phones))

    assert Visitor(site, one_standin, "bob").looks_at("/").status_code == 200
    for phone in phones:
        phone.close()


def test_an_answer_outlives_the_loss_of_all_connections(site, one_standin):
    visitor, rest = Visitor(site, one_standin), Event()
    words = [wire.text(f"{number} ") for number in range(1, 61)]
    one_standin.answers_raw([*words[:30], rest, *words[30:], wire.finish("stop"), DONE])
    pieces, received = visitor.reads(visitor.asks("Count, please.")), b""
    while b"hx-target" not in received:
        received += next(pieces)
    for _ in range(3):
        one_standin.wait_for(site.cut_connections)  # its checkpoints make new ones
    rest.set()
    received += b"".join(pieces)

    assert received.endswith(b"event: done\ndata: complete\n\n")
    ((text,),) = site.ask_database(
        "SELECT text FROM chat_message WHERE role = 'assistant' ORDER BY created_at DESC LIMIT 1"
    )
    assert text == "".join(f"{number} " for number in range(1, 61))
