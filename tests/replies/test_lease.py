"""A reply is made once: by its first reader, by a plain POST, or by the sweep."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import TypeVar

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client

from chat.models import Reply
from chat.replies import generate
from chat.replies.lease import claim, worker_name
from tests.django_client import Person, image_file
from tests.replies.screen import Screen, reading

T = TypeVar("T")


@pytest.fixture
def waiting(alice) -> Reply:
    alice.sends_with_htmx("[[tokens n=30]]")
    reply: Reply = alice.latest_reply()
    return reply


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """The results of `work(number)`, begun in that many threads at the same moment."""
    barrier = Barrier(count)

    def run(number: int) -> T:
        barrier.wait()
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_a_post_with_htmx_stores_and_asks_nobody_yet(alice, waiting):
    assert (waiting.state, waiting.worker, waiting.started_at) == ("waiting", "", None)
    assert not alice.standin.chat_requests


@pytest.mark.database
def test_the_first_reader_claims(alice, waiting):
    alice.follows(waiting)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.worker) == ("complete", worker_name())
    assert waiting.asked_at <= waiting.started_at <= waiting.first_content_at <= waiting.finished_at


@pytest.mark.database
def test_of_many_at_once_one_gets_it(waiting):
    assert sorted(at_once(6, lambda _: claim(waiting.id))) == [False] * 5 + [True]


@pytest.mark.database
def test_two_readers_at_once_cause_one_request_and_see_the_same(alice, waiting):
    def read(_: int) -> Screen:
        tab = Person("alice", alice.standin)
        tab.client.cookies[settings.SESSION_COOKIE_NAME] = alice.client.cookies[settings.SESSION_COOKIE_NAME].value
        return Screen().follow(tab, waiting)

    first, second = at_once(2, read)
    assert len(alice.standin.chat_requests) == 1
    assert first.places == second.places
    assert first.heard[-1] == second.heard[-1] == ("done", "complete")


def test_a_reader_after_the_end_gets_the_end(alice, waiting):
    alice.follows(waiting)
    screen = Screen().follow(alice, waiting)

    assert "30" in screen.places[f"done-{waiting.id}"]
    assert screen.heard == [("done", "complete")]
    assert len(alice.standin.chat_requests) == 1


@pytest.mark.database
def test_it_goes_on_when_every_reader_has_left(alice, waiting):
    with reading(alice, waiting) as events:
        next(events)

    alice.standin.wait_for(lambda: alice.latest_reply().state == "complete")
    assert alice.latest_reply().message.text.endswith("30 ")
    assert not alice.standin.closed_early


@pytest.mark.database
def test_without_a_reader_the_sweep_makes_it(alice, monkeypatch):
    monkeypatch.setattr(generate, "START_DELAY_SECONDS", 0.05)
    alice.sends_with_htmx("[[say Hello]]")

    alice.standin.wait_for(lambda: alice.latest_reply().state == "complete")
    assert alice.latest_reply().message.text == "Hello"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a lock that keeps everybody from writing")
def test_the_sweep_tries_again_while_the_database_is_locked(alice, waiting, monkeypatch, caplog):
    monkeypatch.setattr(generate, "START_DELAY_SECONDS", 0.05)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        generate.start_later(waiting.pk)
        alice.standin.wait_for(lambda: caplog.text.count("It will be tried again") > 1)
        other.execute("ROLLBACK")

    alice.standin.wait_for(lambda: alice.latest_reply().state == "complete")
    assert len(alice.standin.chat_requests) == 1


@pytest.mark.database
def test_the_sweep_leaves_alone_what_a_reader_has(alice, monkeypatch):
    monkeypatch.setattr(generate, "START_DELAY_SECONDS", 0.02)
    alice.asks("[[tokens n=30]] [[headers after=0.1]]")

    assert len(alice.standin.chat_requests) == 1


def test_a_plain_post_starts_at_once(alice, monkeypatch):
    monkeypatch.setattr(generate, "START_DELAY_SECONDS", 3600)
    alice.sends("[[say Hello]]")

    alice.standin.wait_for(lambda: alice.latest_reply().state == "complete")


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/replies/{reply}/stream/"),
        ("post", "/replies/{reply}/cancellation/"),
        ("post", "/replies/{reply}/retry/"),
        ("post", "/replies/{reply}/continuation/"),
        ("get", "/chats/{chat}/"),
        ("post", "/chats/{chat}/messages/"),
    ],
)
class TestOthers:
    def test_bob_finds_nothing(self, alice, bob, waiting, method, address):
        path = address.format(reply=waiting.id, chat=waiting.message.conversation_id)
        response = getattr(bob.client, method)(path, {"text": "Mine"})

        assert response.status_code == 404
        assert not alice.standin.chat_requests
        assert alice.latest_reply().stop_requested_at is None

    def test_the_signed_out_are_sent_to_sign_in(self, alice, waiting, method, address):
        alice.client.logout()
        path = address.format(reply=waiting.id, chat=waiting.message.conversation_id)
        response = getattr(alice.client, method)(path, {"text": "Mine"})

        assert response.status_code == 302
        assert response.headers["Location"].startswith("/?next=")
        assert not alice.standin.chat_requests


def test_bob_cannot_see_alices_image_in_a_message_of_his(alice, bob):
    alice.sends_with_htmx("Look", images=[image_file()])
    image = alice.user.images.get()
    assert bob.client.get(image.url).status_code == 404
    assert bob.sends_with_htmx("", kept=[str(image.id)]).status_code == 422


@pytest.mark.parametrize(
    ("verb", "path"), [("post", "stream"), ("get", "cancellation"), ("get", "retry"), ("get", "continuation")]
)
def test_the_wrong_method_does_nothing(alice, waiting, verb, path):
    assert getattr(alice.client, verb)(f"/replies/{waiting.id}/{path}/").status_code == 405
    assert not alice.standin.chat_requests


def test_posting_needs_the_csrf_token(alice, waiting):
    strict = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    strict.cookies = alice.client.cookies

    own = [f"/replies/{waiting.id}/{name}/" for name in ("cancellation", "retry", "continuation")]
    for path in (*own, "/chats/"):
        assert strict.post(path, {"text": "Forged"}).status_code == 403
