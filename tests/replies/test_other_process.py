"""Replies that another process makes: followed through what it stores, and brought to their end when it died."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from chat.models import Conversation, Piece, Reply
from chat.new_replies.ask import NewQuestion, ask, new_conversation
from chat.new_replies.running_replies import MAX_RUNNING_REPLIES
from chat.replies import live
from chat.replies.finish import store_end
from chat.replies.lease import LEASE
from chat.replies.recover import recover
from chat.reply_content.deltas import REASONING, TEXT, Delta
from chat.reply_content.render import render_deltas
from tests.django_client import Page, Person
from tests.replies.screen import Screen, reading
from tests.replies.test_lease import at_once

pytestmark = pytest.mark.database

SAID = [(REASONING, "Let me see."), (TEXT, "# One\n\nTw"), (TEXT, "o\n\nThr")]


def makes(person: Person, *, said=SAID, lease_seconds: float = 8, chat: Conversation | None = None) -> Reply:
    """A reply of that person which another process has begun."""
    chat = chat or new_conversation(user=person.user, text="Hello?", model="openai/gpt-5.4-mini")
    reply = ask(chat, NewQuestion("Hello?"), models=["openai/gpt-5.4-mini"]).reply
    reply.worker, reply.state = "elsewhere:1:abcd", Reply.State.STREAMING
    reply.lease_until = timezone.now() + timedelta(seconds=lease_seconds)
    reply.save()
    stores(reply, said)
    return reply


def stores(reply: Reply, said) -> None:
    first = reply.pieces.count()
    Piece.objects.bulk_create(
        Piece(reply=reply, number=first + offset, kind=kind, content=content)
        for offset, (kind, content) in enumerate(said)
    )


def ends(reply: Reply, said) -> None:
    deltas = [Delta(*each) for each in said]
    typeset = render_deltas(deltas)
    typeset.close()
    store_end(reply.pk, Reply.State.COMPLETE, deltas, typeset.blocks, {"finish_reason": "stop"})


def loaded(person: Person, reply: Reply) -> Page:
    return person.looks_at(reply.message.conversation)


class TestAlive:
    def test_a_page_shows_what_is_stored_and_follows_from_there(self, alice):
        reply = makes(alice)
        page = loaded(alice, reply)

        assert page.state == "streaming"
        assert page.one('[id^="done-"]').get_text().split() == ["One", "Two"]
        assert page.one(f"#tail-{reply.id}").get_text().strip() == "Thr"
        assert page.one("[hx-sse\\:connect]")["hx-sse:connect"] == f"{reply.stream_url}?after=3"

    def test_it_is_followed_to_its_end(self, alice):
        reply = makes(alice)
        screen = Screen.of(loaded(alice, reply).html, reply.id)
        with reading(alice, reply, after=3) as events:
            while "Thr" not in screen.places[f"tail-{reply.id}"] or not screen.heard:
                screen.apply(next(events))
            stores(reply, [(TEXT, "ee\n\n"), (TEXT, "Four")])
            while "Four" not in screen.places[f"tail-{reply.id}"]:
                screen.apply(next(events))
            ends(reply, [*SAID, (TEXT, "ee\n\nFour\n\nFive")])
            for event in events:
                screen.apply(event)

        assert screen.heard == [("state", "streaming"), ("done", "complete")]
        assert screen.of_reply() == Screen.of(loaded(alice, reply).html, reply.id).places
        assert loaded(alice, reply).text.split() == ["One", "Two", "Three", "Four", "Five"]

    def test_nobody_else_makes_it(self, alice):
        reply = makes(alice)
        with reading(alice, reply) as events:
            next(events)

        reply.refresh_from_db()
        assert reply.worker == "elsewhere:1:abcd"
        assert not alice.standin.chat_requests

    def test_a_stop_is_left_for_its_maker_to_see(self, alice):
        reply = makes(alice)
        alice.client.post(reply.cancellation_url, headers={"HX-Request": "true"})

        reply.refresh_from_db()
        assert reply.is_running
        assert reply.stop_requested_at


class TestDead:
    @pytest.fixture
    def reply(self, alice) -> Reply:
        return makes(alice, lease_seconds=-1)

    def test_a_page_shows_what_it_had_and_what_happened(self, alice, reply):
        page = loaded(alice, reply)

        reply.refresh_from_db()
        assert (page.state, page.text.split()) == ("interrupted", ["One", "Two", "Thr"])
        assert page.error == "This site restarted before the answer was complete."
        assert page.action("Retry")
        assert reply.reasoning == "Let me see."
        assert Conversation.objects.get().path()[-1].text == "# One\n\nTwo\n\nThr"
        assert not Piece.objects.exists()

    def test_so_does_a_stream(self, alice, reply):
        screen = Screen().follow(alice, reply, after=2)

        assert screen.heard[-1] == ("done", "interrupted")
        assert "Thr" in screen.places[f"done-{reply.id}"]
        assert (
            screen.places[f"end-{reply.id}"] == Screen.of(loaded(alice, reply).html, reply.id).places[f"end-{reply.id}"]
        )

    def test_a_reader_who_is_there_when_it_dies_sees_it_end(self, alice):
        reply = makes(alice)
        screen = Screen()
        with reading(alice, reply) as events:
            screen.apply(next(events))
            Reply.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            for event in events:
                screen.apply(event)

        assert screen.heard[-1] == ("done", "interrupted")

    def test_it_can_be_asked_again(self, alice, reply):
        loaded(alice, reply)
        alice.client.post(f"/replies/{reply.id}/retry/")
        alice.follows(alice.latest_reply())

        assert loaded(alice, alice.latest_reply()).state == "complete"

    def test_asking_again_does_not_need_a_look_first(self, alice, reply):
        """The page was open all the time; its button comes to a server that has just been started."""
        alice.client.post(f"/replies/{reply.id}/retry/")

        assert Reply.objects.count() == 2

    def test_it_does_not_stand_in_the_way_of_the_next_question(self, alice, reply):
        page = alice.asks("[[say Hello]]", chat=reply.message.conversation)

        assert page.text == "Hello"

    def test_nor_do_many_in_other_chats(self, alice, reply):
        others = [makes(alice) for _ in range(MAX_RUNNING_REPLIES)]
        assert alice.sends_with_htmx("Hello?").status_code == 422
        Reply.objects.filter(pk__in=[other.pk for other in others]).update(lease_until=timezone.now())

        assert alice.asks("[[say Hello]]").text == "Hello"

    def test_one_without_a_word_is_interrupted_all_the_same(self, alice):
        page = loaded(alice, makes(alice, said=[], lease_seconds=-1))

        assert (page.state, page.text) == ("interrupted", "")


class TestSuspected:
    """A lease that has run out is no proof: the clock was set, or its owner could not reach the database."""

    @pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=-1), timedelta(hours=1)], ids=str)
    def test_who_renews_when_given_notice_stays(self, alice, monkeypatch, ahead):
        """Another process with a clock of its own: it renews its lease while this one waits."""
        reply = makes(alice, lease_seconds=-1)
        notices = []

        def renews(seconds: float) -> None:
            notices.append(seconds)
            Reply.objects.filter(pk=reply.pk).update(lease_until=timezone.now() + LEASE + ahead)

        monkeypatch.setattr("chat.replies.recover.wait", renews)
        assert loaded(alice, reply).state == "streaming"

        assert notices
        assert reply.pieces.exists()

    def test_nobody_waits_for_that_with_a_database_connection(self, alice, monkeypatch):
        """When a process dies, all its readers look at once, and the next process has ten connections."""
        makes(alice, lease_seconds=-1)
        waited = []
        sleep = SimpleNamespace(sleep=lambda seconds: waited.append(connection.connection))
        monkeypatch.setattr("chat.background.time", sleep)
        recover(Reply.objects.all())

        assert waited == [None]

    def test_the_dead_do_not_live_for_ever_when_the_clock_is_set_back(self, alice):
        assert loaded(alice, makes(alice, lease_seconds=3600)).state == "interrupted"

    def test_two_who_look_at_once_agree(self, alice):
        reply = makes(alice, lease_seconds=-1)
        at_once(4, lambda _: recover(Reply.objects.all()))
        assert loaded(alice, reply).text.split() == ["One", "Two", "Thr"]


def test_a_maker_that_was_only_taken_for_dead_has_the_last_word(alice):
    """The database was away or the machine asleep for longer than a lease, and somebody looked."""
    alice.sends("[[tokens n=30 rate=60]]")
    alice.standin.wait_for(lambda: alice.latest_reply().worker)
    reply = alice.latest_reply()
    facts = {"error_kind": "worker_died"}
    store_end(reply.pk, Reply.State.INTERRUPTED, [], [], facts)  # what another process does that finds no lease
    alice.standin.wait_for(lambda: not live.running())

    reply = alice.latest_reply()
    assert (reply.state, reply.error_kind) == ("complete", "")
    assert reply.message.text.split()[-1] == "30"


def test_no_process_takes_its_own_replies_for_dead(alice):
    alice.sends("[[mute after=5]]")
    alice.standin.wait_for(lambda: alice.latest_reply().worker)
    Reply.objects.update(lease_until=timezone.now() - timedelta(minutes=1))
    recover(Reply.objects.all())

    assert alice.latest_reply().is_running
