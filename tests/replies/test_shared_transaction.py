"""Replies that end at the same moment are stored in one transaction, and none suffers from another."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import connection

from chat.models import Piece, Reply
from chat.new_replies.ask import NewQuestion, ask, new_conversation
from chat.replies import checkpoint
from chat.replies.finish import Outcome, WaitingEnd, finish
from chat.replies.live import LiveReply
from chat.reply_content.deltas import TEXT, Delta
from tests.recorded_statements import recorded_statements

ODD: dict[str, Any] = {"no_such_field": 1}


def made(person) -> LiveReply:
    chat = new_conversation(user=person.user, text="Hello?", model="some/model")
    reply = ask(chat, NewQuestion("Hello?"), models=["some/model"]).reply
    return LiveReply(reply.pk, deltas=[Delta(TEXT, f"Answer to {reply.pk}")])


def end(reply: LiveReply, fields: dict[str, Any]) -> None:
    try:
        finish(reply, Outcome(Reply.State.COMPLETE, fields))
    finally:
        connection.close()


def end_together(person, replies: list[LiveReply], *fields: dict[str, Any]) -> list[BaseException | None]:
    with ThreadPoolExecutor(len(replies)) as pool:
        with checkpoint.write_lock:
            ending = [pool.submit(end, *each) for each in zip(replies, fields, strict=True)]
            person.standin.wait_for(lambda: len(WaitingEnd.waiting) == len(replies))
        return [each.exception() for each in ending]


def text_of(reply: LiveReply) -> str:
    return Reply.objects.get(pk=reply.reply_id, state=Reply.State.COMPLETE).message.text


def test_they_share_a_transaction(alice):
    replies = [made(alice) for _ in range(3)]
    with recorded_statements() as statements:
        assert end_together(alice, replies, {}, {}, {}) == [None] * 3

    assert len([each for each in statements if each.startswith("BEGIN")]) == 1, f"\n{statements}"
    assert [text_of(reply) for reply in replies] == [reply.deltas[0].content for reply in replies]


def test_one_that_cannot_be_stored_does_not_keep_the_others(alice):
    replies = [made(alice) for _ in range(3)]
    failures = end_together(alice, replies, {}, ODD, {})

    assert [type(failure) for failure in failures] == [type(None), FieldDoesNotExist, type(None)]
    assert [text_of(replies[place]) for place in (0, 2)] == [replies[place].deltas[0].content for place in (0, 2)]
    with pytest.raises(Reply.DoesNotExist):
        text_of(replies[1])
    assert not WaitingEnd.waiting


def test_pieces_of_a_checkpoint_that_came_first_are_deleted(alice):
    reply = made(alice)
    with ThreadPoolExecutor(1) as pool:
        with checkpoint.write_lock:
            ending = pool.submit(end, reply, {})
            alice.standin.wait_for(lambda: WaitingEnd.waiting)
            checkpoint.store_checkpoint([reply])
            assert Piece.objects.exists()
        ending.result()

    assert text_of(reply)
    assert not Piece.objects.exists()
