"""GET /replies/<id>/stream/: what surrounds the events; what is in them is in tests/replies/."""

import socket

import pytest
from django.test import Client

from chat.streaming import client_connection, follow
from tests.django_client import HTMX


def test_nothing_on_the_way_may_hold_it_back_or_keep_it(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    response = alice.client.get(alice.latest_reply().stream_url)

    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store, no-transform"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Content-Encoding"] == "identity"
    list(response.streaming_content)


def test_it_ends_when_its_reader_hangs_up_while_the_model_is_silent(alice, monkeypatch):
    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.02)
    alice.signs_in()
    alice.sends_with_htmx("[[mute after=1]]")
    reply = alice.latest_reply()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        response = alice.client.get(reply.stream_url, **{"gunicorn.socket": ours})
        events = iter(response.streaming_content)
        while b"tail-" not in next(events):
            pass
        theirs.close()

        assert not list(events), "nothing is sent to nobody"
    reply.refresh_from_db()
    assert reply.is_running, "a closed tab is not Stop"
    assert alice.standin.open_streams


def test_of_too_many_of_one_person_the_oldest_makes_way(alice, bob, monkeypatch):
    monkeypatch.setattr(client_connection, "MAX_STREAMS", 2)
    streams = []
    for person, count in ((bob, 1), (alice, 3)):
        person.signs_in()
        person.sends_with_htmx("[[mute after=1]]")
        for _ in range(count):
            streams.append(iter(person.opens_stream(person.latest_reply())))
            next(streams[-1])
    for person in (alice, bob):
        person.client.post(person.latest_reply().cancellation_url)

    assert [b"event: done" in b"".join(stream) for stream in streams] == [True, False, True, True]


def test_whoever_was_signed_out_meanwhile_learns_it_and_is_led_back(alice):
    alice.signs_in()
    alice.sends_with_htmx("[[mute after=1]]")
    reply = alice.latest_reply()
    chat = reply.message.conversation.get_absolute_url()
    alice.client.post("/signout/")
    headers = HTMX | {"HX-Current-URL": f"http://localhost:8000{chat}"}
    events = b"".join(alice.client.get(reply.stream_url, headers=headers).streaming_content).decode()

    assert "been signed out." in events
    assert f'value="{chat}"' in events
    assert events.endswith("event: done\ndata: interrupted\n\n")
    assert alice.client.get(reply.stream_url).status_code == 302


@pytest.mark.parametrize("address", ["http://[", "http://a]/", "//[", "http://\u2100/", "%", ""])
def test_an_address_that_is_none_breaks_nothing(alice, address):
    """A browser says where it is; whoever else calls may say anything."""
    alice.signs_in()
    alice.asks("Hello?")
    reply = alice.latest_reply()
    said = {"HX-Request": "true", "HX-Current-URL": address}

    assert alice.client.get("/chats/", headers=said).status_code == 200
    assert b"event: done" in Client().get(reply.stream_url, headers=said).getvalue()
