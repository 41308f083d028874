"""A continuation that another process makes: followed from the old text on, and recovered if that process dies."""

import pytest

from chat.models import Piece, Reply
from chat.reply_content.deltas import TEXT
from chat.streaming.stored_reply import StoredReply
from tests.django_client import HTMX
from tests.new_replies.continuation import (
    HALF,
    WHOLE,
    broken_answer,
    continued,
    labels,
    load,
    made_by_another_process,
    waiting_continuation,
)
from tests.replies.screen import Screen, reading


def stores(reply: Reply, content: str) -> None:
    Piece.objects.create(reply=reply, number=reply.pieces.count(), kind=TEXT, content=content)
    Reply.objects.filter(pk=reply.pk).update(state=Reply.State.STREAMING)


@pytest.mark.database
class TestInAnotherProcess:
    def test_a_reader_gets_only_what_follows_the_old_text(self, alice):
        reply = made_by_another_process(broken_answer(alice, "[[say # One\n\nTwo\n\nThree and four]]", after=8))
        page = load(alice, reply)
        assert page.state == "waiting"
        assert StoredReply(reply).wait(0, timeout_seconds=0.1) == 0, "the old text is no news"
        screen = Screen.of(page.html, reply.id)
        with reading(alice, reply, after="2&continues=1") as events:
            stores(reply, " five\n\nSix")
            while "Six" not in screen.places[f"tail-{reply.id}"]:
                screen.apply(next(events))

        assert "three" not in screen.places[f"tail-{reply.id}"]
        assert screen.heard == [("state", "streaming")]
        assert screen.places[f"done-{reply.id}"].count("<h3") == 1
        assert screen.of_reply().keys() >= Screen.of(load(alice, reply).html, reply.id).places.keys()

    def test_the_old_text_and_the_new_remain_if_the_process_dies(self, alice):
        reply = made_by_another_process(broken_answer(alice), lease_seconds=-1)
        stores(reply, "21 22 ")
        page = load(alice, reply)

        reply = alice.latest_reply()
        assert (page.state, reply.message.text, reply.error_kind) == ("interrupted", f"{HALF}21 22 ", "worker_died")
        assert labels(page) == ["Continue", "Retry"]
        assert continued(alice, reply).message.text == WHOLE

    def test_the_old_text_remains_if_the_process_dies_before_the_first_word(self, alice):
        page = load(alice, made_by_another_process(broken_answer(alice), lease_seconds=-1))

        assert (page.state, page.text) == ("interrupted", HALF.strip())

    def test_the_old_text_remains_if_it_is_stopped_before_it_starts(self, alice):
        reply = waiting_continuation(broken_answer(alice))
        alice.client.post(reply.cancellation_url, headers=HTMX)
        page = load(alice, reply)

        assert (page.state, page.text) == ("stopped", HALF.strip())
        assert len(alice.standin.chat_requests) == 1
        assert not Piece.objects.exists()
