"""POST /replies/<id>/continuation/: an answer that broke off is continued where it ended, as one answer."""

import time

import pytest

from chat.models import Conversation, Piece
from chat.replies import live
from chat.replies.repeated_space import RepeatedSpaceFilter
from chat.reply_content.deltas import TEXT, Delta
from tests.new_replies.continuation import (
    COUNT,
    HALF,
    WHOLE,
    broken_answer,
    continued,
    is_rendered_as_whole,
    load,
    post_continuation,
    wire,
)
from tests.replies.screen import Screen, reading
from tests.standin.images import png_data_url
from tests.standin.marks.content import THOUGHT

DOCUMENT = "[[markdown kb=3 rate=5000]]"


@pytest.mark.database
def test_a_continued_answer_is_one_answer(alice):
    first = broken_answer(alice)
    assert load(alice, first).action("Continue") == f"/replies/{first.id}/continuation/"
    reply = continued(alice, first)
    page = load(alice, reply)

    assert (reply.state, reply.message.text, reply.continues) == ("complete", WHOLE, first)
    assert (page.state, page.text) == ("complete", WHOLE.strip())
    assert len(page.soup.select("article")) == 2
    assert page.version == ""
    assert not page.answer.select(".actions")
    assert not Piece.objects.exists()


@pytest.mark.parametrize("after", [1, 30, 77, 160, 240, 400])
def test_the_html_is_that_of_the_whole_wherever_the_answer_broke_off(alice, after):
    """In a word, a list, a table, a block of code."""
    reply = continued(alice, broken_answer(alice, DOCUMENT, after=after))
    alice.asks(DOCUMENT)

    assert reply.message.text == alice.latest_reply().message.text
    assert reply.blocks == alice.latest_reply().blocks
    assert is_rendered_as_whole(reply)


def test_the_model_gets_its_own_words_last_without_white_space_at_their_end(alice):
    continued(alice, broken_answer(alice))
    first, second = (request.body for request in alice.standin.chat_requests)

    assert second["messages"] == [*first["messages"], {"role": "assistant", "content": HALF.rstrip()}]
    assert {**second, "messages": []} == {**first, "messages": []}


@pytest.mark.parametrize(
    ("old", "new", "whole"),
    [
        ("half a wo", ["rd"], "half a word"),
        ("one ", [" two"], "one two"),
        ("one ", ["two"], "one two"),
        ("one\n\n", ["\n", "\ntwo\n"], "one\n\ntwo\n"),
        ("one\n\n", ["\n", "two"], "one\n\ntwo"),
        ("```\nx =", [" 1\n```"], "```\nx = 1\n```"),
        ("one ", ["\n", " two"], "one \n two"),
    ],
)
def test_nothing_is_put_between_the_parts_and_white_space_is_not_doubled(old, new, whole):
    seam = RepeatedSpaceFilter(old)
    text = "".join(delta.content for piece in new for delta in seam.filter([Delta(TEXT, piece)]))

    assert old + text == whole


def test_a_later_question_sends_the_whole_answer_once(alice):
    reply = continued(alice, broken_answer(alice))
    alice.asks("And now?", chat=reply.message.conversation)

    said = [message["content"] for message in alice.standin.chat_requests[-1].body["messages"]]
    assert said == [COUNT, WHOLE, "And now?"]


@pytest.mark.database
def test_each_part_has_its_cost_and_the_chat_has_both(alice):
    alice.standin.answers(f"{COUNT} [[length]]")
    alice.asks(COUNT)
    first = alice.latest_reply()
    second = continued(alice, first)

    assert first.finish_reason == "length"
    assert first.cost
    assert second.cost
    assert Conversation.objects.get().cost == first.cost + second.cost


def test_thoughts_are_kept(alice):
    reply = continued(alice, broken_answer(alice, marks="[[reasoning]]"))
    page = load(alice, reply)

    assert (reply.reasoning, reply.message.text) == (THOUGHT, WHOLE)
    assert page.one(f"#thinking-{reply.id}").get_text() == "Thoughts"
    assert page.one(f"#reasoning-{reply.id}").get_text().split() == THOUGHT.split()


def test_images_are_kept_and_sent_to_the_model(alice):
    alice.standin.answers("[[image]] [[length]]")
    alice.asks("Draw")
    first = alice.latest_reply()
    address = load(alice, first).answer.select("img")[0]["src"]
    reply = continued(alice, first)
    prefill = alice.standin.chat_requests[-1].body["messages"][-1]

    assert [image["src"] for image in load(alice, reply).answer.select("img")] == [address]
    assert [image.url for image in reply.message.images] == [address]
    assert prefill["role"] == "assistant"
    assert [part["type"] for part in prefill["images"]] == ["image_url"]


@pytest.mark.parametrize("place", [0, 1])
def test_an_image_stays_before_or_behind_the_text(alice, place):
    said = [wire.text("One\n\nTwo\n\nThr")]
    said.insert(place, wire.image(png_data_url(1), 0))
    alice.standin.answers_raw(said)
    alice.asks("Draw")
    first = alice.latest_reply()
    alice.standin.answers_raw([wire.text("ee")])
    reply = continued(alice, first)

    assert reply.message.text == "One\n\nTwo\n\nThree"
    assert reply.blocks[:-1] == first.blocks[:-1]


def test_the_old_text_is_shown_while_the_page_waits_for_the_model(alice):
    first = broken_answer(alice)
    alice.standin.answers("[[silence]]")
    post_continuation(alice, first)
    reply = alice.latest_reply()
    page = load(alice, reply)
    assert (page.state, page.one(f"#tail-{reply.id}").get_text().strip()) == ("waiting", HALF.strip())
    assert page.one(".waiting > p:first-child").get_text() == "Waiting for the model"
    began = time.monotonic()
    assert live.running()[0].wait(0, timeout_seconds=0.05) == 0, "the old text is no news"
    assert time.monotonic() - began >= 0.04

    screen = Screen.of(page.html, reply.id)
    with reading(alice, reply, after="0&continues=1") as events:
        live.running()[0].append([Delta(TEXT, "21 ")])
        while "20 21" not in screen.places[f"tail-{reply.id}"]:
            screen.apply(next(events))
        assert screen.heard == [("state", "streaming")]
        assert load(alice, reply).state == "streaming"
        alice.standin.wait_for(lambda: alice.latest_reply().state == "streaming")
        live.running()[0].stop()
        for event in events:
            screen.apply(event)

    assert screen.of_reply() == Screen.of(load(alice, reply).html, reply.id).places
    assert alice.latest_reply().message.text == f"{HALF}21 "


@pytest.mark.database
def test_a_continuation_that_breaks_off_can_be_continued(alice):
    first = broken_answer(alice)
    alice.standin.answers(f"{COUNT} [[cut after=10]]")
    second = continued(alice, first)
    assert (second.state, len(second.message.text.split())) == ("interrupted", 30)
    third = continued(alice, second)

    assert (third.state, third.message.text) == ("complete", WHOLE)
    assert load(alice, third).version == ""


@pytest.mark.database
def test_a_continued_answer_that_is_retried_is_one_earlier_version(alice):
    alice.standin.answers(f"{COUNT} [[cut after=10]]")
    alice.asks(COUNT)
    first = alice.latest_reply()
    alice.standin.answers(f"{COUNT} [[cut after=10]]")
    second = continued(alice, first)
    alice.client.post(f"/replies/{second.id}/retry/")
    alice.follows(alice.latest_reply())
    page = load(alice, second)

    assert page.text == WHOLE.strip()
    assert page.version == "2 / 2"
