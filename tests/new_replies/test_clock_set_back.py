"""After a clock was set back, or on a machine whose clock is behind, messages still follow those that they follow."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from chat.conversations.fork import fork
from chat.models import Message, Reply
from chat.new_replies.continuation import continue_reply
from chat.new_replies.edit import ask_edited
from chat.new_replies.retry import retry_reply

FLASH, HAIKU = "google/gemini-3.7-flash", "anthropic/claude-haiku-4.5"
BACK = timedelta(minutes=40)


@pytest.fixture
def answer(alice):
    """The first of a chat, written before the clock was set back."""
    alice.asks("[[say One]]", model=HAIKU)
    Message.objects.update(created_at=F("created_at") + BACK)
    return alice.latest_reply()


@pytest.fixture
def chat(answer):
    return answer.message.conversation


def texts(chat):
    return [message.text for message in chat.path()]


def test_what_is_asked_next_is_shown_and_sent(alice, chat):
    page = alice.asks("[[say Two]]", chat=chat)

    assert texts(chat) == ["[[say One]]", "One", "[[say Two]]", "Two"]
    assert "Two" in page.answer.get_text()
    assert len(alice.standin.chat_requests[-1].body["messages"]) == 3


def test_the_first_of_answers_side_by_side_is_still_the_newest(alice, chat):
    alice.asks("[[say Two]]", chat=chat, model=HAIKU, compare=[FLASH])

    answers = list(Message.objects.filter(reply__side_by_side__isnull=False).order_by("-created_at"))
    assert [answer.reply.side_by_side for answer in answers] == [1, 2]
    assert chat.path()[-1] == answers[0]


def test_another_answer_becomes_the_newest(answer, chat):
    other = retry_reply(answer, model=HAIKU)

    assert chat.path()[-1] == other.message


def test_an_edited_question_is_followed_by_its_answer(answer, chat):
    reply = ask_edited(answer.message.parent, text="Again", model=HAIKU)

    assert chat.path() == [reply.message.parent, reply.message]


def test_a_continuation_takes_the_place_of_the_answer(answer, chat):
    Reply.objects.update(state=Reply.State.STOPPED)
    answer.refresh_from_db()
    reply = continue_reply(answer)

    assert chat.path()[-1] == reply.message


def test_the_time_that_counts_for_spending_is_that_of_the_clock(answer):
    before = timezone.now()

    assert before <= retry_reply(answer, model=HAIKU).asked_at <= timezone.now()


def test_a_copy_of_a_path_is_in_order_even_if_the_path_is_not(answer, chat):
    Message.objects.filter(pk=answer.message_id).update(created_at=F("created_at") - 2 * BACK)
    copy = fork(answer.message)

    assert texts(copy) == ["[[say One]]", "One"]
