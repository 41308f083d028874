"""POST /replies/<id>/continuation/: an answer that was cut goes on where it ended, as one answer."""

import time
from datetime import timedelta

import pytest
from bs4 import Tag
from django.utils import timezone

from chat.models import Conversation, Piece, Reply
from chat.new_replies.continuation import continue_reply
from chat.new_replies.running import MAX_RUNNING_REPLIES
from chat.replies import live
from chat.replies.generate import start
from chat.replies.repeated_space import RepeatedSpaceFilter
from chat.reply_content.deltas import TEXT, Delta
from chat.reply_content.render import render_final_blocks
from chat.streaming.stored_reply import StoredReply
from tests.person import HTMX, Page, Person
from tests.replies.browser import Screen, reading
from tests.replies.test_lease import at_once
from tests.standin.images import png_data_url
from tests.standin.marks.said import THOUGHT
from tests.standin.wire import Wire

COUNT = "[[tokens n=40]]"
HALF = "".join(f"{number} " for number in range(1, 21))
WHOLE = "".join(f"{number} " for number in range(1, 41))
DOCUMENT = "[[markdown kb=3 rate=5000]]"
wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


def is_cut(person: Person, question: str = COUNT, *, after: int = 20, marks: str = "") -> Reply:
    """The answer to that question, of which only so many tokens have come."""
    person.standin.answers(f"{question} {marks} [[cut after={after}]]")
    person.asks(question)
    return person.latest_reply()


def posts(person: Person, reply: Reply, **fields: str):
    return person.client.post(f"/replies/{reply.id}/continuation/", fields)


def goes_on(person: Person, reply: Reply) -> Reply:
    """Press the button, and follow it to its end."""
    assert posts(person, reply).headers["Location"] == reply.message.conversation.get_absolute_url()
    person.follows(person.latest_reply())
    person.standin.wait_for(lambda: not live.running())  # a stream ends before, if the model has to begin anew
    return person.latest_reply()


def load(person: Person, reply: Reply) -> Page:
    return person.looks_at(reply.message.conversation)


OTHER, FREE = "another model", "a free model"


def labels(page: Page) -> list[str]:
    """Which model another one is depends on the catalogue: test_retry.py looks at that."""
    return [_label(button) for button in page.answer.select(".actions > *")]


def _label(button: Tag) -> str:
    words = " ".join(button.get_text().split())
    if not words.startswith("Retry with "):
        return words
    return FREE if words.endswith(" free") else OTHER


def is_fresh(reply: Reply) -> bool:
    """Is its HTML what its whole text would have been made into at once?"""
    return [list(block) for block in render_final_blocks([Delta(TEXT, reply.message.text)])] == reply.blocks


@pytest.mark.database
def test_it_becomes_one_answer(alice):
    first = is_cut(alice)
    assert load(alice, first).action("Continue") == f"/replies/{first.id}/continuation/"
    reply = goes_on(alice, first)
    page = load(alice, reply)

    assert (reply.state, reply.message.text, reply.continues) == ("complete", WHOLE, first)
    assert (page.state, page.text) == ("complete", WHOLE.strip())
    assert len(page.soup.select("article")) == 2
    assert page.version == ""
    assert not page.answer.select(".actions")
    assert not Piece.objects.exists()


@pytest.mark.parametrize("after", [1, 30, 77, 160, 240, 400])
def test_wherever_it_was_cut_the_html_is_that_of_the_whole(alice, after):
    """In a word, a list, a table, a block of code."""
    reply = goes_on(alice, is_cut(alice, DOCUMENT, after=after))
    alice.asks(DOCUMENT)

    assert reply.message.text == alice.latest_reply().message.text
    assert reply.blocks == alice.latest_reply().blocks
    assert is_fresh(reply)


def test_the_model_gets_its_own_words_last_without_white_space_at_their_end(alice):
    goes_on(alice, is_cut(alice))
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
def test_nothing_is_put_between_and_white_space_is_not_doubled(old, new, whole):
    seam = RepeatedSpaceFilter(old)
    text = "".join(delta.content for piece in new for delta in seam.filter([Delta(TEXT, piece)]))

    assert old + text == whole


def test_a_later_question_brings_the_whole_answer_once(alice):
    reply = goes_on(alice, is_cut(alice))
    alice.asks("And now?", chat=reply.message.conversation)

    said = [message["content"] for message in alice.standin.chat_requests[-1].body["messages"]]
    assert said == [COUNT, WHOLE, "And now?"]


@pytest.mark.database
def test_each_part_has_its_cost_and_the_chat_has_both(alice):
    alice.standin.answers(f"{COUNT} [[length]]")
    alice.asks(COUNT)
    first = alice.latest_reply()
    second = goes_on(alice, first)

    assert first.finish_reason == "length"
    assert first.cost
    assert second.cost
    assert Conversation.objects.get().cost == first.cost + second.cost


def test_thoughts_are_kept(alice):
    reply = goes_on(alice, is_cut(alice, marks="[[reasoning]]"))
    page = load(alice, reply)

    assert (reply.reasoning, reply.message.text) == (THOUGHT, WHOLE)
    assert page.one(f"#thinking-{reply.id}").get_text() == "Thoughts"
    assert page.one(f"#reasoning-{reply.id}").get_text().split() == THOUGHT.split()


def test_so_are_images_which_the_model_gets_as_well(alice):
    alice.standin.answers("[[image]] [[length]]")
    alice.asks("Draw")
    first = alice.latest_reply()
    address = load(alice, first).answer.select("img")[0]["src"]
    reply = goes_on(alice, first)
    prefill = alice.standin.chat_requests[-1].body["messages"][-1]

    assert [image["src"] for image in load(alice, reply).answer.select("img")] == [address]
    assert [image.url for image in reply.message.images] == [address]
    assert prefill["role"] == "assistant"
    assert [part["type"] for part in prefill["images"]] == ["image_url"]


@pytest.mark.parametrize("place", [0, 1])
def test_a_image_stays_before_or_behind_the_text(alice, place):
    said = [wire.text("One\n\nTwo\n\nThr")]
    said.insert(place, wire.image(png_data_url(1), 0))
    alice.standin.answers_raw(said)
    alice.asks("Draw")
    first = alice.latest_reply()
    alice.standin.answers_raw([wire.text("ee")])
    reply = goes_on(alice, first)

    assert reply.message.text == "One\n\nTwo\n\nThree"
    assert reply.blocks[:-1] == first.blocks[:-1]


def test_until_the_model_goes_on_the_old_text_is_there_and_the_page_says_that_it_waits(alice):
    first = is_cut(alice)
    alice.standin.answers("[[silence]]")
    posts(alice, first)
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
def test_what_is_cut_again_goes_on_again(alice):
    first = is_cut(alice)
    alice.standin.answers(f"{COUNT} [[cut after=10]]")
    second = goes_on(alice, first)
    assert (second.state, len(second.message.text.split())) == ("interrupted", 30)
    third = goes_on(alice, second)

    assert (third.state, third.message.text) == ("complete", WHOLE)
    assert load(alice, third).version == ""


@pytest.mark.database
def test_asked_again_it_is_one_earlier_version(alice):
    alice.standin.answers(f"{COUNT} [[cut after=10]]")
    alice.asks(COUNT)
    first = alice.latest_reply()
    alice.standin.answers(f"{COUNT} [[cut after=10]]")
    second = goes_on(alice, first)
    alice.client.post(f"/replies/{second.id}/retry/")
    alice.follows(alice.latest_reply())
    page = load(alice, second)

    assert page.text == WHOLE.strip()
    assert page.version == "2 / 2"


@pytest.mark.parametrize(
    ("marks", "offered"),
    [
        ("[[tokens n=9]] [[cut]]", ["Continue", "Retry", OTHER]),
        ("[[tokens n=9]] [[length]]", ["Continue", "Ask for a longer answer"]),
        ("[[tokens n=9]] [[midstream code=502]]", ["Continue", "Retry", OTHER]),
        ("[[tokens n=9]] [[midstream code=402]]", ["Add credits", FREE, "Continue", "Retry"]),
        ("[[tokens n=9]] [[filter]]", [OTHER]),
        ("[[onlyreasoning]]", [OTHER, "Retry"]),
        ("[[drop]]", ["Retry", OTHER]),
        ("[[tokens n=9]]", []),
    ],
)
def test_it_is_offered_where_there_is_a_text_that_is_not_whole(alice, marks, offered):
    page = alice.asks(marks)
    reply = alice.latest_reply()
    posts(alice, reply)

    assert labels(page) == offered
    assert page.answer.select_one(".primary") is None or labels(page)[0] == offered[0]
    assert Reply.objects.count() == (2 if "Continue" in offered else 1)


def test_of_a_line_that_fell_silent_it_is_offered_first(alice):
    reply = is_cut(alice)
    Reply.objects.update(error_kind="line_silent")

    assert labels(load(alice, reply)) == ["Continue", OTHER, "Retry"]


def test_thoughts_alone_cannot_be_continued(alice):
    alice.standin.answers_raw([wire.reasoning("Hmm.")], end="cut")
    page = alice.asks("Hello?")

    assert labels(page) == ["Retry", OTHER]


@pytest.mark.parametrize(("marks", "offered"), [("[[mute after=5]]", ["Continue", "Regenerate"]), ("", ["Regenerate"])])
def test_a_stopped_answer_offers_it_too(alice, marks, offered):
    alice.sends(f"[[tokens n=9]] {marks or '[[silence]]'}")
    alice.standin.wait_for(lambda: live.running()[0].deltas if marks else alice.standin.chat_requests)
    live.running()[0].stop()
    alice.standin.wait_for(lambda: not live.running())
    page = load(alice, alice.latest_reply())

    assert (page.state, labels(page)) == ("stopped", offered)
    assert not page.answer.select('[role="alert"]')


@pytest.mark.database
class TestOnlyOne:
    def test_a_second_click_leads_to_the_one_that_runs(self, alice):
        first = is_cut(alice)
        alice.standin.answers("[[mute]]")
        for _ in range(2):
            assert posts(alice, first).status_code == 302

        assert Reply.objects.count() == 2

    def test_nor_does_one_after_its_end(self, alice):
        first = is_cut(alice)
        goes_on(alice, first)
        assert posts(alice, first).status_code == 302

        assert Reply.objects.count() == 2

    def test_nor_do_two_at_the_same_moment(self, alice):
        first = is_cut(alice)
        made = at_once(2, lambda _: continue_reply(Reply.objects.select_related("message").get(pk=first.pk)))

        assert sorted(reply is None for reply in made) == [False, True]

    def test_none_for_an_answer_that_was_followed_up(self, alice):
        first = is_cut(alice)
        alice.asks("[[say Hello]]", chat=first.message.conversation)
        posts(alice, first)

        assert Reply.objects.count() == 2

    def test_none_while_it_runs(self, alice):
        alice.sends("[[tokens n=9]] [[mute after=5]]")
        alice.standin.wait_for(lambda: live.running()[0].deltas)
        posts(alice, alice.latest_reply())

        assert Reply.objects.count() == 1

    def test_none_while_too_many_others_run(self, alice):
        first = is_cut(alice)
        for number in range(MAX_RUNNING_REPLIES):
            alice.sends_with_htmx(f"Question {number}")
        response = posts(alice, first)

        assert response.status_code == 422
        assert "of your chats are being answered" in Page(response).composer_error
        assert Page(response).text == HALF.strip()


class TestRefused:
    """Models that cannot be continued: 400 before the first word."""

    @pytest.fixture
    def first(self, alice) -> Reply:
        return is_cut(alice)

    def test_the_question_is_asked_again_by_itself(self, alice, first):
        alice.standin.answers(400, kind="prefill")
        alice.standin.answers("[[say # All anew]]")
        reply = goes_on(alice, first)
        page = load(alice, reply)
        bodies = [request.body["messages"] for request in alice.standin.chat_requests]

        assert (reply.state, reply.message.text, reply.continues) == ("complete", "# All anew", None)
        assert is_fresh(reply)
        assert bodies == [bodies[0], [*bodies[0], {"role": "assistant", "content": HALF.rstrip()}], bodies[0]]
        assert (page.text, page.state) == ("All anew", "complete")
        assert page.version == "2 / 2"
        assert Reply.objects.count() == 2

    @pytest.mark.parametrize("moment", ["before it", "while it runs", "after its end"])
    def test_a_page_that_shows_the_old_text_gets_a_new_article(self, alice, moment):
        first = is_cut(alice, "[[say # Old\n\nText that is\n\ncut here somewhere]]", after=8)
        alice.standin.answers(400, kind="prefill")
        alice.standin.answers("[[tokens n=9]] [[mute after=5]]" if moment == "while it runs" else "[[say # All anew]]")
        reply = waits_to_go_on(first)
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
            screen.follow(alice, reply)  # the new article has a stream of its own

        assert screen.of_reply() == Screen.of(load(alice, reply).html, reply.id).places
        assert 'aria-label="Send"' in screen.places["composer-action"]

    def test_so_does_one_that_follows_another_process(self, alice, first):
        reply = elsewhere(first)
        with reading(alice, reply, after="0&continues=1") as events:
            Piece.objects.all().delete()
            Reply.objects.filter(pk=reply.pk).update(continues=None)
            (anew,) = events

        assert f'hx-sse:connect="{reply.stream_url}?after=0"' in anew.data
        assert "2 / 2" in anew.data

    def test_a_refusal_for_another_reason_leaves_the_text_and_the_way_on(self, alice, first):
        alice.standin.answers(429, kind="upstream")
        reply = goes_on(alice, first)
        page = load(alice, reply)

        assert (reply.state, reply.message.text) == ("failed", HALF)
        assert (page.text, labels(page)) == (HALF.strip(), [OTHER, "Continue", "Retry"])
        assert goes_on(alice, reply).message.text == WHOLE

    def test_it_goes_on_with_as_many_tokens_as_can_be_afforded(self, alice, first):
        alice.standin.answers(402, kind="afford", afford=840)
        page = load(alice, goes_on(alice, first))
        (button,) = page.answer.select('button[formaction$="/continuation/"]')
        posts(alice, alice.latest_reply(), **{str(button["name"]): str(button["value"])})
        alice.follows(alice.latest_reply())

        assert alice.standin.chat_requests[-1].body["max_completion_tokens"] == 840
        assert alice.latest_reply().message.text == WHOLE


def waits_to_go_on(first: Reply) -> Reply:
    """It will go on, but nobody makes it yet."""
    reply = continue_reply(first)
    assert reply is not None
    return reply


def elsewhere(first: Reply, *, lease_seconds: float = 8) -> Reply:
    """It goes on in another process, which has asked the model."""
    reply = waits_to_go_on(first)
    reply.worker, reply.lease_until = "elsewhere:1:abcd", timezone.now() + timedelta(seconds=lease_seconds)
    reply.save()
    return reply


def stored_text(reply: Reply) -> str:
    return "".join(reply.pieces.values_list("content", flat=True))


def stores(reply: Reply, content: str) -> None:
    Piece.objects.create(reply=reply, number=reply.pieces.count(), kind=TEXT, content=content)
    Reply.objects.filter(pk=reply.pk).update(state=Reply.State.STREAMING)


@pytest.mark.database
class TestElsewhere:
    def test_it_is_followed_from_the_old_text_on(self, alice):
        reply = elsewhere(is_cut(alice, "[[say # One\n\nTwo\n\nThree and four]]", after=8))
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

    def test_a_process_that_dies_leaves_the_old_text_and_the_new(self, alice):
        reply = elsewhere(is_cut(alice), lease_seconds=-1)
        stores(reply, "21 22 ")
        page = load(alice, reply)

        reply = alice.latest_reply()
        assert (page.state, reply.message.text, reply.error_kind) == ("interrupted", f"{HALF}21 22 ", "worker_died")
        assert labels(page) == ["Continue", "Retry"]
        assert goes_on(alice, reply).message.text == WHOLE

    def test_one_that_died_before_a_word_leaves_the_old_text(self, alice):
        page = load(alice, elsewhere(is_cut(alice), lease_seconds=-1))

        assert (page.state, page.text) == ("interrupted", HALF.strip())

    def test_stopped_before_anybody_has_begun_it_keeps_the_old_text(self, alice):
        reply = waits_to_go_on(is_cut(alice))
        alice.client.post(reply.cancellation_url, headers=HTMX)
        page = load(alice, reply)

        assert (page.state, page.text) == ("stopped", HALF.strip())
        assert len(alice.standin.chat_requests) == 1
        assert not Piece.objects.exists()
