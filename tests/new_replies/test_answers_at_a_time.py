"""One answer at a time in a chat, and a handful at a time for one person."""

import threading
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from contextlib import suppress

import pytest
from django.db import connection, transaction

from chat.models import Conversation, Reply, User
from chat.new_replies import running_replies
from chat.new_replies.ask import NewQuestion, ask, new_conversation
from chat.new_replies.running_replies import MAX_RUNNING_REPLIES
from tests.django_client import Page

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _silent(alice):
    alice.standin.answers("silence", times=None)


def test_a_second_question_waits_for_the_first_answer(alice):
    alice.sends("Hello?")
    response = alice.sends("Still there?", chat=Conversation.objects.get())

    page = Page(response)
    assert response.status_code == 422
    assert "An answer is still being written in this chat" in page.composer_error
    assert page.one("#text").get_text().strip() == "Still there?"
    assert Reply.objects.count() == 1


def test_six_chats_at_a_time(alice):
    for number in range(MAX_RUNNING_REPLIES):
        assert alice.sends_with_htmx(f"Question {number}").status_code == 200
    response = alice.sends_with_htmx("One too many")

    assert response.status_code == 422
    assert "of your chats are being answered" in response.content.decode()
    assert Reply.objects.count() == Conversation.objects.count() == MAX_RUNNING_REPLIES


def test_two_at_once_do_not_both_get_the_last_place(alice, monkeypatch):
    monkeypatch.setattr(running_replies, "MAX_RUNNING_REPLIES", 1)

    def asks(user: User) -> None:
        chat = new_conversation(user=user, text="Hello?", model="some/model")
        try:
            ask(chat, NewQuestion("Hello?"), models=["some/model"])
        finally:
            if threading.current_thread() is not threading.main_thread():
                connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            asks(alice.user)
            other = pool.submit(asks, alice.user)
            with suppress(TimeoutError):  # it has to wait
                other.result(0.5)
        with pytest.raises(running_replies.Busy):
            other.result(30)
    assert Reply.objects.count() == 1


def test_one_persons_answers_are_not_anothers(alice, bob):
    for number in range(MAX_RUNNING_REPLIES):
        alice.sends_with_htmx(f"Question {number}")

    assert bob.sends_with_htmx("Hello?").status_code == 200
