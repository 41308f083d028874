"""Where "Continue" is offered, and that an answer is continued only once."""

import pytest

from chat.models import Reply
from chat.new_replies.continuation import continue_reply
from chat.new_replies.running_replies import MAX_RUNNING_REPLIES
from chat.replies import live
from tests.django_client import Page
from tests.new_replies.continuation import (
    FREE,
    HALF,
    OTHER,
    broken_answer,
    continued,
    labels,
    load,
    post_continuation,
    wire,
)
from tests.replies.test_lease import at_once


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
def test_continue_is_offered_for_a_text_that_is_not_complete(alice, marks, offered):
    page = alice.asks(marks)
    reply = alice.latest_reply()
    post_continuation(alice, reply)

    assert labels(page) == offered
    assert page.answer.select_one(".primary") is None or labels(page)[0] == offered[0]
    assert Reply.objects.count() == (2 if "Continue" in offered else 1)


def test_continue_is_the_first_offer_after_a_silent_connection(alice):
    reply = broken_answer(alice)
    Reply.objects.update(error_kind="line_silent")

    assert labels(load(alice, reply)) == ["Continue", OTHER, "Retry"]


def test_thoughts_alone_cannot_be_continued(alice):
    alice.standin.answers_raw([wire.reasoning("Hmm.")], end="cut")
    page = alice.asks("Hello?")

    assert labels(page) == ["Retry", OTHER]


@pytest.mark.parametrize(("marks", "offered"), [("[[mute after=5]]", ["Continue", "Regenerate"]), ("", ["Regenerate"])])
def test_a_stopped_answer_with_text_can_be_continued(alice, marks, offered):
    alice.sends(f"[[tokens n=9]] {marks or '[[silence]]'}")
    alice.standin.wait_for(lambda: live.running()[0].deltas if marks else alice.standin.chat_requests)
    live.running()[0].stop()
    alice.standin.wait_for(lambda: not live.running())
    page = load(alice, alice.latest_reply())

    assert (page.state, labels(page)) == ("stopped", offered)
    assert not page.answer.select('[role="alert"]')


@pytest.mark.database
class TestOnlyOne:
    def test_a_second_click_starts_no_second_one(self, alice):
        first = broken_answer(alice)
        alice.standin.answers("[[mute]]")
        for _ in range(2):
            assert post_continuation(alice, first).status_code == 302

        assert Reply.objects.count() == 2

    def test_a_click_after_its_end_starts_no_second_one(self, alice):
        first = broken_answer(alice)
        continued(alice, first)
        assert post_continuation(alice, first).status_code == 302

        assert Reply.objects.count() == 2

    def test_of_two_clicks_at_the_same_moment_one_counts(self, alice):
        first = broken_answer(alice)
        made = at_once(2, lambda _: continue_reply(Reply.objects.select_related("message").get(pk=first.pk)))

        assert sorted(reply is None for reply in made) == [False, True]

    def test_an_answer_with_a_later_question_is_not_continued(self, alice):
        first = broken_answer(alice)
        alice.asks("[[say Hello]]", chat=first.message.conversation)
        post_continuation(alice, first)

        assert Reply.objects.count() == 2

    def test_an_answer_that_runs_is_not_continued(self, alice):
        alice.sends("[[tokens n=9]] [[mute after=5]]")
        alice.standin.wait_for(lambda: live.running()[0].deltas)
        post_continuation(alice, alice.latest_reply())

        assert Reply.objects.count() == 1

    def test_none_is_continued_while_too_many_others_run(self, alice):
        first = broken_answer(alice)
        for number in range(MAX_RUNNING_REPLIES):
            alice.sends_with_htmx(f"Question {number}")
        response = post_continuation(alice, first)

        assert response.status_code == 422
        assert "of your chats are being answered" in Page(response).composer_error
        assert Page(response).text == HALF.strip()
