"""What a process makes is in the database within a second, and nothing of it stays behind."""

from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, transaction
from django.utils import timezone

from chat.models import Conversation, Piece, Reply
from chat.replies import checkpoint, finish, live
from chat.replies.live import LiveReply
from chat.reply_content.deltas import REASONING, TEXT, Delta

pytestmark = pytest.mark.database

HALF = "".join(f"{number} " for number in range(1, 11))


def stored(reply: Reply) -> str:
    return "".join(Piece.objects.filter(reply=reply).values_list("content", flat=True))


@pytest.fixture
def half_done(alice) -> Reply:
    """A reply that has said half of what it will, all of it stored."""
    alice.sends("[[tokens n=20]] [[mute after=10]]")
    reply: Reply = alice.latest_reply()
    alice.standin.wait_for(lambda: stored(reply) == HALF)
    return reply


def test_pieces_are_stored_while_it_streams_and_gone_at_the_end(alice, half_done):
    half_done.refresh_from_db()
    assert half_done.state == "streaming"
    assert half_done.message.text == ""
    assert [piece.number for piece in half_done.pieces.all()] == list(range(half_done.pieces.count()))

    live.running()[0].stop()
    alice.standin.wait_for(lambda: not live.running())
    assert alice.latest_reply().message.text == HALF
    assert not Piece.objects.exists()


def test_the_lease_is_renewed_as_long_as_it_lives(alice, half_done):
    Reply.objects.update(lease_until=timezone.now() + timedelta(seconds=1))

    alice.standin.wait_for(lambda: alice.latest_reply().lease_until > timezone.now() + timedelta(seconds=5))


def test_thoughts_and_answer_are_pieces_of_their_own(alice, half_done):
    made_here = live.running()[0]
    with checkpoint.write_lock:
        made_here.append([Delta(REASONING, "a"), Delta(REASONING, "b"), Delta(TEXT, "c"), Delta(TEXT, "d")])
        checkpoint.store_checkpoint([made_here])

    assert list(half_done.pieces.values_list("kind", "content"))[-2:] == [(REASONING, "ab"), (TEXT, "cd")]


def test_a_reply_that_is_gone_does_not_keep_the_others_from_being_stored(alice, half_done):
    """Its chat was deleted through another process: this one learns of it here."""
    alice.sends("[[tokens n=20]] [[mute after=10]]")
    other = alice.latest_reply()
    alice.standin.wait_for(lambda: stored(other) == HALF)
    Conversation.objects.filter(messages__reply=half_done).delete()
    gone, stays = sorted(live.running(), key=lambda each: each.reply_id == other.pk)
    gone.append([Delta(TEXT, "lost")])
    stays.append([Delta(TEXT, "kept")])

    alice.standin.wait_for(lambda: stored(other) == f"{HALF}kept")
    alice.standin.wait_for(lambda: alice.standin.closed_early)
    alice.standin.wait_for(lambda: live.running() == [stays])


def test_no_piece_comes_behind_the_end(alice, half_done):
    """Between the end of a reply and its leave from this process a checkpoint may run."""
    made_here = live.running()[0]
    with checkpoint.write_lock:
        made_here.append([Delta(TEXT, "11")])
        finish.store_end(half_done.pk, Reply.State.COMPLETE, made_here.deltas, [], {})
        checkpoint.store_checkpoint([made_here])

    assert not Piece.objects.exists()


@pytest.mark.parametrize("error", [OperationalError("away"), ZeroDivisionError("unforeseen")], ids=repr)
def test_a_failed_checkpoint_is_made_up_for_by_the_next(alice, half_done, monkeypatch, error):
    ticks = iter([error])
    tick = checkpoint.store_checkpoint

    def tick_after_a_failure(replies: list[LiveReply]) -> None:
        if error := next(ticks, None):
            raise error
        tick(replies)

    monkeypatch.setattr(checkpoint, "store_checkpoint", tick_after_a_failure)
    live.running()[0].append([Delta(TEXT, "11")])

    alice.standin.wait_for(lambda: stored(half_done) == f"{HALF}11")


def test_what_was_stored_unheard_is_not_stored_twice(alice, half_done, monkeypatch):
    """The connection breaks between a commit and the word of it, and more has come when the next one is made."""
    made_here, breaks = live.running()[0], [True]

    @contextmanager
    def breaking():
        with transaction.atomic():
            yield
        if len(made_here.deltas) > made_here.stored_count and breaks:
            breaks.pop()
            made_here.append([Delta(TEXT, "12 ")])
            raise OperationalError("away")

    monkeypatch.setattr(checkpoint, "transaction", SimpleNamespace(atomic=breaking))
    made_here.append([Delta(TEXT, "11 ")])

    alice.standin.wait_for(lambda: stored(half_done) == f"{HALF}11 12 ")
    assert not breaks


def test_an_end_waits_for_a_database_that_is_away(alice, half_done, monkeypatch):
    attempts = iter([OperationalError("away")])
    store_ends = finish.store_ends

    def store_ends_after_a_failure(ends: list[finish.End]) -> None:
        if error := next(attempts, None):
            raise error
        store_ends(ends)

    monkeypatch.setattr(finish, "store_ends", store_ends_after_a_failure)
    live.running()[0].stop()

    alice.standin.wait_for(lambda: not live.running())
    assert (alice.latest_reply().state, alice.latest_reply().message.text) == ("stopped", HALF)


def test_the_ticker_ends_when_nothing_is_live_and_starts_again(alice):
    alice.asks("[[say One]]")
    alice.standin.wait_for(lambda: not checkpoint.ticker.is_running)
    alice.sends("[[tokens n=20]] [[mute after=10]]")

    alice.standin.wait_for(lambda: stored(alice.latest_reply()) == HALF)
