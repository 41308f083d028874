"""gunicorn, gevent and psycopg together: the real server process on a real PostgreSQL."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.replies.test_sleeping import sleeper, streams
from tests.visitor import Visitor

pytestmark = pytest.mark.timeout(120)
STREAMS_EACH = 6
VISITORS = 9  # nobody's account is a new one each time
MOST_CONNECTIONS = 10  # webapp/settings.py


def test_a_streamed_answer(site, one_standin):
    visitor = Visitor(site, one_standin)
    stream = visitor.asks("[[tokens n=30 rate=60]]")
    pieces = list(visitor.reads(stream))

    assert len(pieces) > 3, "it came at once and not as it was written"
    assert b"".join(pieces).endswith(b"event: done\ndata: complete\n\n")
    ((reply, chat),) = site.ask_database(
        "SELECT r.id, m.conversation_id FROM chat_reply r JOIN chat_message m ON m.id = r.message_id"
        " ORDER BY r.asked_at DESC LIMIT 1"
    )
    page = visitor.looks_at(f"/chats/{chat}/")
    assert "29 30" in page.text
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
    visitor = Visitor(site, one_standin)
    stream = visitor.asks("[[tokens n=60 rate=30]]")
    received, cut = b"", 0
    for number, piece in enumerate(visitor.reads(stream)):
        received += piece
        if 5 <= number < 10:
            cut += site.cut_connections()

    assert cut, "there was none"
    assert received.endswith(b"event: done\ndata: complete\n\n")
    ((text,),) = site.ask_database(
        "SELECT text FROM chat_message WHERE role = 'assistant' ORDER BY created_at DESC LIMIT 1"
    )
    assert text == "".join(f"{number} " for number in range(1, 61))
