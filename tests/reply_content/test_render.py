"""A text on which the renderer breaks is shown as it was written: nothing is lost with it.

And long texts are typeset in a real thread, which must have no need of the database.
"""

import json
from uuid import uuid4

import pytest

from chat.rendering.blocks import Blocks
from chat.replies.live import LiveReply
from chat.reply_content import render
from chat.reply_content.deltas import IMAGE, TEXT, Delta
from chat.reply_content.render import render_final_blocks


@pytest.mark.parametrize("method", ["feed", "close"])
def test_a_renderer_that_breaks_costs_the_look_and_not_the_text(alice, monkeypatch, method):
    def breaks(*args):
        raise RecursionError

    monkeypatch.setattr(Blocks, method, breaks)
    alice.sends("[[say One & <two>]]")
    alice.standin.wait_for(lambda: alice.latest_reply().finished_at)

    reply = alice.latest_reply()
    page = alice.looks_at(reply.message.conversation)
    assert (page.state, page.text) == ("complete", "One & <two>")
    assert reply.message.text == "One & <two>"


@pytest.fixture
def sent_away(monkeypatch) -> list[object]:
    """What was not typeset on the spot."""
    calls: list[object] = []

    def in_a_python_thread(work):
        calls.append(work)
        return work()

    monkeypatch.setattr(render, "in_a_python_thread", in_a_python_thread)
    return calls


def test_what_takes_long_is_done_in_a_python_thread_without_the_database(sent_away):
    """No fixture of this test lets it near the database."""
    image = Delta(IMAGE, json.dumps({"id": str(uuid4()), "url": "/images/1/", "width": 4, "height": 3}))
    deltas = [Delta(TEXT, "- one\n" * 2_000), image]
    live = LiveReply(uuid4())
    live.append(deltas)

    assert "<li>one" in live.snapshot().answer_tail
    assert len(sent_away) == 1
    assert live.final_blocks() == render_final_blocks(deltas)
    assert len(sent_away) == 3  # the long list that was open, and everything again


def test_a_short_piece_that_ends_a_long_block_counts_with_it(sent_away):
    live = LiveReply(uuid4())
    for piece in ("- one\n" * 1_500, "- two\n" * 1_500, "\nEnd."):  # 9,000 characters each
        live.append([Delta(TEXT, piece)])
        live.snapshot()

    assert len(sent_away) == 2
