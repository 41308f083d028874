"""How much text one person may keep (chat/conversations/quota.py)."""

import json
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from chat.conversations import quota
from chat.conversations.edit_message import edit_message
from chat.conversations.fork import fork
from chat.conversations.quota import MESSAGE_CHARACTERS, PLACE_CHARACTERS
from chat.conversations.settings import store_settings
from chat.models import Attachment, Conversation, Message, Reply
from tests.archive.handwritten_chats import a_chat, a_question, an_answer
from tests.archive.importing import import_json, page_text
from tests.django_client import Page, Person
from tests.new_replies.continuation import broken_answer

QUESTION = "[[say Four words of answer.]]"
ADDRESS = f"https://example.org/{'x' * 1_000}.png"
ROWS = 3 * MESSAGE_CHARACTERS  # of a chat with a question and its answer


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "MAX_CHARACTERS", 10_000)


@pytest.fixture
def chat(alice: Person) -> Conversation:
    alice.signs_in()
    alice.asks(QUESTION)
    return Conversation.objects.get()


def counted() -> int:
    return sum(Conversation.with_deleted.values_list("text_characters", flat=True))


def test_what_is_asked_and_answered_counts(chat):
    assert counted() == ROWS + len(QUESTION) + len("Four words of answer.")


def test_what_is_too_much_is_refused_and_comes_back(alice, chat):
    page = Page(alice.sends("x" * 10_000, chat=chat))

    assert page.status == 422
    assert "used all the space" in page.composer_error
    assert page.one("#text").get_text().strip() == "x" * 10_000
    assert Message.objects.count() == 2


def test_settings_count_from_the_first_message_on_and_in_a_fork(alice):
    alice.signs_in()
    preset = alice.user.presets.create(settings={"system": "Be brief."})
    alice.asks(QUESTION, preset=preset.pk)
    fork(Message.objects.get(role="assistant"))
    original, copy = Conversation.objects.order_by("created_at")

    assert copy.settings == original.settings == {"system": "Be brief."}
    expected = ROWS + len(QUESTION) + len("Four words of answer.") + len('{"system": "Be brief."}')
    assert original.text_characters == copy.text_characters == expected


def test_a_fork_counts_as_much_as_the_chat(alice, chat):
    answer = Message.objects.get(role="assistant")
    while counted() + chat.text_characters <= 10_000:
        fork(answer)
        chat.refresh_from_db()
    with pytest.raises(quota.OutOfSpace):
        fork(answer)

    page = alice.client.post(reverse("fork", args=[answer.pk]))
    assert page.status_code == 422
    assert "used all the space" in page.content.decode()


def test_an_edit_counts_by_what_it_adds(alice, chat):
    edit = reverse("edit", args=[Message.objects.get(role="user").pk])
    before = counted()

    alice.client.post(edit, {"text": f"{QUESTION} and more"})
    assert counted() == before + len(" and more")

    assert alice.client.post(edit, {"text": "x" * 10_000}).status_code == 422
    assert counted() == before + len(" and more")


def test_two_edits_at_once_count_only_what_is_stored(chat):
    first, second = (Message.objects.get(role="user") for _ in range(2))
    before = counted()

    edit_message(first, "x")
    edit_message(second, "yy")
    assert counted() == before - len(QUESTION) + len("yy")


def test_settings_that_are_stored_twice_at_once_count_once(chat):
    first, second = (Conversation.objects.get() for _ in range(2))
    before = counted()
    store_settings(first, {"system": "x" * 100})
    store_settings(second, {"system": "x" * 100})
    assert counted() == before + len(json.dumps({"system": "x" * 100}))

    store_settings(first, {})
    store_settings(second, {})
    assert counted() == before


def test_addresses_of_images_count_also_in_another_version_of_the_question(alice):
    alice.signs_in()
    alice.asks(QUESTION, image_address=ADDRESS)
    before = counted()
    assert before > ROWS + PLACE_CHARACTERS + len(ADDRESS)

    question = Message.objects.get(role="user")
    alice.client.post(reverse("edit", args=[question.pk]), {"text": QUESTION, "then": "ask"})
    alice.follows(alice.latest_reply())
    assert counted() == 2 * before - MESSAGE_CHARACTERS


def test_another_answer_is_refused_where_there_is_no_space(alice, chat, monkeypatch):
    before = counted()
    alice.client.post(reverse("retry", args=[alice.latest_reply().pk]))
    alice.follows(alice.latest_reply())
    assert counted() == before + MESSAGE_CHARACTERS + len("Four words of answer.")

    monkeypatch.setattr(quota, "MAX_CHARACTERS", counted())
    page = Page(alice.client.post(reverse("retry", args=[alice.latest_reply().pk])))
    assert (page.status, Reply.objects.count()) == (422, 2)
    assert "used all the space" in page.composer_error


def test_a_continuation_is_refused_where_there_is_no_space_for_what_it_begins_with(alice, monkeypatch):
    alice.signs_in()
    first = broken_answer(alice)
    monkeypatch.setattr(quota, "MAX_CHARACTERS", counted() + 1)
    page = Page(alice.client.post(reverse("continuation", args=[first.pk])))

    assert (page.status, Reply.objects.count()) == (422, 1)
    assert "used all the space" in page.composer_error


def test_what_a_failed_answer_says_counts(alice, chat):
    before = counted()
    alice.standin.answers(402)
    alice.asks("And now?", chat=chat)

    reply = alice.latest_reply()
    assert reply.error_message
    assert counted() >= before + 2 * MESSAGE_CHARACTERS + len("And now?") + len(reply.error_message)


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ({"files": [{"address": f"{ADDRESS}{number}"} for number in range(9)]}, {}),
        ({"pictures": [{"file": "a.png"}] * 40}, {}),
        ({"attachments": [{"name": "a", "text": ""}] * 40}, {}),
        ({}, {"citations": [{"url": f"{ADDRESS}{number}"} for number in range(9)]}),
        ({}, {"state": "failed", "error": {"kind": "internal", "message": "x" * 2_000}, "reasoning": "x" * 7_000}),
    ],
)
def test_an_import_counts_all_that_it_stores(alice, question, reply):
    alice.signs_in()
    chat = a_chat(messages=[a_question(text="", **question), an_answer(text="", reply=reply)])

    assert "used all the space" in page_text(import_json(alice, chat))
    assert not Conversation.objects.exists()


def test_an_import_of_many_empty_messages_counts(alice):
    alice.signs_in()
    messages = [a_question(text="", id=str(number)) for number in range(20)]

    assert "used all the space" in page_text(import_json(alice, a_chat(messages=messages)))


def test_a_deleted_chat_counts_until_it_is_gone_for_good(chat):
    Conversation.objects.update(deleted_at=timezone.now())
    with pytest.raises(quota.OutOfSpace):
        quota.check_space(chat.user_id, for_characters=10_000)

    Conversation.with_deleted.all().delete()
    quota.check_space(chat.user_id, for_characters=10_000)


def test_what_was_there_before_is_counted_when_the_site_is_updated(chat):
    Attachment.objects.create(message=Message.objects.get(role="user"), position=0, name="a.txt", text="x" * 30)
    Reply.objects.update(reasoning="y" * 20)
    before = counted() - ROWS
    Conversation.objects.update(text_characters=0)

    import_module("chat.migrations.0006_text_characters").count(apps, connection)

    assert counted() == before + 50
