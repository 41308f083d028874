"""Models that cannot continue an answer, and other refusals of a continuation."""

import re

import pytest

from chat.models import Charge, Piece, Reply
from chat.replies import live
from chat.replies.generate import start
from tests.new_replies.continuation import (
    HALF,
    OTHER,
    WHOLE,
    broken_answer,
    continued,
    is_rendered_as_whole,
    labels,
    load,
    made_by_another_process,
    post_continuation,
    waiting_continuation,
)
from tests.replies.screen import Screen, reading


class TestRefused:
    """Models that cannot be continued: 400 before the first word."""

    @pytest.fixture
    def first(self, alice) -> Reply:
        return broken_answer(alice)

    def test_the_question_is_asked_again_by_itself(self, alice, first):
        alice.standin.answers(400, kind="prefill")
        alice.standin.answers("[[say # All anew]]")
        reply = continued(alice, first)
        page = load(alice, reply)
        bodies = [request.body["messages"] for request in alice.standin.chat_requests]

        assert (reply.state, reply.message.text, reply.continues) == ("complete", "# All anew", None)
        assert is_rendered_as_whole(reply)
        assert bodies == [bodies[0], [*bodies[0], {"role": "assistant", "content": HALF.rstrip()}], bodies[0]]
        assert (page.text, page.state) == ("All anew", "complete")
        assert page.version == "2 / 2"
        assert Reply.objects.count() == 2

    @pytest.mark.parametrize("moment", ["before it", "while it runs", "after its end"])
    def test_a_page_that_shows_the_old_text_gets_a_new_article(self, alice, moment):
        first = broken_answer(alice, "[[say # Old\n\nText that is\n\ncut here somewhere]]", after=8)
        alice.standin.answers(400, kind="prefill")
        alice.standin.answers("[[tokens n=9]] [[mute after=5]]" if moment == "while it runs" else "[[say # All anew]]")
        reply = waiting_continuation(first)
        html = load(alice, reply).html
        assert f"{reply.stream_url}?after=2&amp;continues=1" in html
        if moment != "before it":
            start(reply)
        if moment == "while it runs":
            alice.standin.wait_for(lambda: stored_text(reply) == "1 2 3 4 5 ")
        elif moment == "after its end":
            alice.standin.wait_for(lambda: not live.running())
        screen = Screen.of(html, reply.id).follow(alice, reply, after="2&continues=1")
        if moment == "while it runs":
            assert screen.places[f"done-{reply.id}"] == ""
            live.running()[0].stop()
        if "composer-action" not in screen.places:  # it came before the end
            (blocks,) = re.findall(r'hx-sse:connect="[^"]*\?after=(\d+)"', screen.new_article)
            screen.follow(alice, reply, after=blocks)  # the new article has a stream of its own

        assert screen.of_reply() == Screen.of(load(alice, reply).html, reply.id).places
        assert 'aria-label="Send"' in screen.places["composer-action"]

    def test_a_page_that_follows_another_process_gets_a_new_article(self, alice, first):
        reply = made_by_another_process(first)
        with reading(alice, reply, after="0&continues=1") as events:
            Piece.objects.all().delete()
            Reply.objects.filter(pk=reply.pk).update(continues=None)
            (new_article,) = events

        assert f'hx-sse:connect="{reply.stream_url}?after=0"' in new_article.data
        assert "2 / 2" in new_article.data

    def test_after_another_refusal_the_text_remains_and_can_be_continued(self, alice, first):
        alice.standin.answers(429, kind="upstream")
        reply = continued(alice, first)
        page = load(alice, reply)

        assert (reply.state, reply.message.text) == ("failed", HALF)
        assert (page.text, labels(page)) == (HALF.strip(), [OTHER, "Continue", "Retry"])
        assert continued(alice, reply).message.text == WHOLE

    def test_a_refusal_costs_nothing_and_counts_as_nothing(self, alice, first):
        alice.standin.answers(429, kind="upstream")
        reply = continued(alice, first)

        assert reply.cost == 0
        assert Charge.objects.get(pk=reply.pk).cost == 0

    def test_an_answer_is_continued_with_as_many_tokens_as_can_be_afforded(self, alice, first):
        alice.standin.answers(402, kind="afford", afford=840)
        page = load(alice, continued(alice, first))
        (button,) = page.answer.select('button[formaction$="/continuation/"]')
        post_continuation(alice, alice.latest_reply(), **{str(button["name"]): str(button["value"])})
        alice.follows(alice.latest_reply())

        assert alice.standin.chat_requests[-1].body["max_completion_tokens"] == 840
        assert alice.latest_reply().message.text == WHOLE


def stored_text(reply: Reply) -> str:
    return "".join(reply.pieces.values_list("content", flat=True))
