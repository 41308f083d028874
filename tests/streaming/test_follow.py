"""GET /replies/<id>/stream/: the events bring any page up to date, whatever it has already."""

import gc
import re
import tracemalloc
from itertools import islice
from threading import Event

import pytest
from django.db import connection

from chat.models import Reply
from chat.replies import live
from chat.streaming import page_events
from tests.replies.screen import Screen, events_of, reading
from tests.standin.prose import markdown_document, tokens
from tests.standin.wire import DONE, Wire

DOCUMENTS = [
    "[[markdown kb=4 rate=3000]]",
    "[[markdown kb=1 rate=400]]",
    "[[markdown kb=2]] [[bytes size=50]]",
    "[[markdown kb=4]] [[burst]]",
    "[[reasoning]] [[markdown kb=2 rate=2000]]",
    "[[xss]]",
    "[[image n=2]]",
    "[[tokens n=20]] [[cut]]",
    "[[error 402 credits]]",
]
wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


def page_of(person, reply) -> Screen:
    reply.refresh_from_db()
    return Screen.of(person.client.get(reply.message.conversation.get_absolute_url()).content.decode(), reply.id)


@pytest.fixture
def finished(alice) -> Reply:
    alice.sends_with_htmx("[[reasoning]] [[say # One\n\nTwo\n\n- three\n\nFour]]")
    alice.follows(alice.latest_reply())
    reply: Reply = alice.latest_reply()
    return reply


@pytest.mark.parametrize("marks", DOCUMENTS)
def test_following_makes_the_same_page_as_loading_it(alice, marks):
    sent = alice.sends_with_htmx(marks).content.decode()
    reply = alice.latest_reply()
    screen = Screen.of(sent, reply.id).follow(alice, reply)

    assert screen.of_reply() == page_of(alice, reply).places
    assert screen.heard[-1] == ("done", reply.state)
    assert screen.last_id == str(len(reply.blocks))


@pytest.mark.parametrize("marks", DOCUMENTS)
def test_so_does_coming_back_after_every_frame(alice, marks):
    sent = alice.sends_with_htmx(marks).content.decode()
    reply = alice.latest_reply()
    screen = Screen.of(sent, reply.id)
    while ("done", reply.state) not in screen.heard:
        with reading(alice, reply, last_id=screen.last_id) as events:
            for event in events:
                screen.apply(event)
                if event.name == "message" and f"#end-{reply.id}" not in event.data:
                    break  # the line is lost
        reply.refresh_from_db()

    assert screen.of_reply() == page_of(alice, reply).places
    assert len(alice.standin.chat_requests) == 1


@pytest.mark.parametrize("kilobytes", [1, 4])
def test_so_does_loading_it_half_way_and_going_on_from_there(alice, kilobytes):
    pieces, rest = [wire.text(piece) for piece in tokens(markdown_document(kilobytes))], Event()
    half = len(pieces) // 2
    alice.standin.answers_raw([*pieces[:half], rest, *pieces[half:], wire.finish("stop"), DONE])
    alice.sends_with_htmx("A document, please.")
    reply = alice.latest_reply()
    with reading(alice, reply) as events:
        has_some = next(event for event in events if event.name == "message" and event.id not in ("", "0"))
    html = alice.client.get(reply.message.conversation.get_absolute_url()).content.decode()
    after = int(html.partition(f"/replies/{reply.id}/stream/?after=")[2].partition('"')[0])
    rest.set()
    screen = Screen.of(html, reply.id).follow(alice, reply, after=after)

    assert after >= int(has_some.id)
    assert screen.of_reply() == page_of(alice, reply).places


def test_a_reader_who_comes_back_does_not_keep_an_old_open_block(alice):
    """What was open when the line was lost may be a finished block by now."""
    rest = Event()
    alice.standin.answers_raw([wire.text("First"), rest, wire.text("\n\n")], end="hang")
    sent = alice.sends_with_htmx("Hello?").content.decode()
    reply = alice.latest_reply()
    screen = Screen.of(sent, reply.id)
    with reading(alice, reply) as events:
        while "First" not in screen.places[f"tail-{reply.id}"]:
            screen.apply(next(events))
    rest.set()
    alice.standin.wait_for(lambda: live.running()[0].snapshot().blocks())
    with reading(alice, reply, last_id=screen.last_id) as events:
        while "First" not in screen.places[f"done-{reply.id}"]:
            screen.apply(next(events))

    assert screen.places[f"tail-{reply.id}"] == ""


def test_thoughts_are_over_as_soon_as_the_answer_begins(alice):
    alice.standin.answers_raw([wire.reasoning("Hmm."), wire.text("So")], end="hang")
    alice.sends("Hello?")
    reply, screen = alice.latest_reply(), Screen()
    with reading(alice, reply) as events:
        while "So" not in screen.places.get(f"tail-{reply.id}", ""):
            screen.apply(next(events))

    assert "Hmm." in screen.places[f"reasoning-{reply.id}"]
    assert screen.places[f"reasoning-tail-{reply.id}"] == ""


def test_after_n_brings_exactly_the_blocks_behind_n(alice, finished):
    kinds = {"text": f"done-{finished.id}", "reasoning": f"reasoning-{finished.id}"}
    assert len(finished.blocks) == 5
    for after in range(len(finished.blocks) + 1):
        screen = Screen().follow(alice, finished, after=after)
        for kind, place in kinds.items():
            rest = "".join(html for block_kind, html in finished.blocks[after:] if block_kind == kind)
            assert screen.places.get(place, "") == rest
        assert screen.heard == [("done", "complete")]


@pytest.mark.parametrize("after", ["7000000", "-1", "x", "", "999999999999", "٣"])
def test_a_number_that_cannot_be_is_no_error(alice, finished, after):
    screen = Screen().follow(alice, finished, after=after)

    assert screen.heard == [("done", "complete")]


def test_what_the_browser_saw_last_wins_over_the_address(alice, finished):
    screen = Screen().follow(alice, finished, after=1, last_id="4")

    assert screen.places[f"done-{finished.id}"] == finished.blocks[4][1]


def test_every_event_has_data_and_ids_only_grow(alice):
    alice.sends_with_htmx("[[markdown kb=2 rate=1000]]")
    raw = alice.follows(alice.latest_reply()).encode()
    heard = list(events_of([raw]))

    dispatched = [block for block in raw.split(b"\n\n") if block and not block.startswith(b":")]
    assert len(dispatched) == len(heard), "an event without data would be lost"
    assert [event.name for event in heard if event.name != "message"] == ["state", "done"]
    assert heard[0].data == "streaming"
    ids = [int(event.id) for event in heard if event.name == "message"]
    assert ids == sorted(ids)


def test_a_silent_model_is_bridged_with_what_is_known_of_it(alice, monkeypatch):
    monkeypatch.setattr("chat.streaming.follow.HEARTBEAT_SECONDS", 0.03)
    monkeypatch.setattr("chat.streaming.follow.LOOK_SECONDS", 0.02)
    alice.sends_with_htmx("[[silence]]")
    response = alice.client.get(alice.latest_reply().stream_url)
    first = list(islice(response.streaming_content, 3))
    response.close()

    assert first[0].startswith(b":")
    quiet = r"event: quiet\ndata: \d+( \d+)?\n\n"  # seconds without a word of the answer, and without a byte
    assert all(re.fullmatch(quiet, each.decode()) for each in first[1:])


def test_no_reader_holds_more_of_a_long_answer_than_it_is_about_to_take(alice, monkeypatch, request):
    """Or many that fell asleep would fill the memory."""
    monkeypatch.setattr(page_events, "PART_BYTES", 50_000)
    paragraph = wire.text("a long paragraph " * 3000 + "\n\n")
    alice.standin.answers_raw([*[paragraph] * 100, wire.finish("stop"), b"data: [DONE]\n\n"])
    alice.sends_with_htmx("Hello?")
    reply = alice.latest_reply()
    alice.follows(reply)  # five megabytes
    request.addfinalizer(gc.enable)
    gc.disable()  # what holds itself stays until the garbage is collected, and that may be late
    tracemalloc.start()
    request.addfinalizer(tracemalloc.stop)
    before = tracemalloc.get_traced_memory()[0]
    with reading(alice, reply) as events:
        next(events)
        held = tracemalloc.get_traced_memory()[0] - before

    assert held < 2_000_000


def test_no_connection_is_open_while_a_reader_takes_its_time(alice, finished):
    for _ in alice.opens_stream(finished):
        assert connection.connection is None


def test_no_proxy_holds_events_back(alice, finished):
    response = alice.client.get(f"/replies/{finished.id}/stream/", headers={"Accept-Encoding": "gzip, br"})
    list(response.streaming_content)

    assert response.headers["X-Accel-Buffering"] == "no"
    assert "no-transform" in response.headers["Cache-Control"]
    assert response.headers.get("Content-Encoding") in (None, "identity")


def test_a_chat_that_is_deleted_meanwhile_ends_the_stream(alice):
    alice.sends_with_htmx("[[tokens n=20]] [[mute after=10]]")
    reply = alice.latest_reply()
    with reading(alice, reply) as events:
        next(events)
        alice.client.post(f"{reply.message.conversation.get_absolute_url()}deletion/")
        *_, last = events

    assert (last.name, last.data) == ("done", "stopped")
