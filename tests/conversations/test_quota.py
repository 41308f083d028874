"""How much text one person may keep (chat/conversations/quota.py)."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from chat.conversations import quota
from chat.conversations.fork import fork
from chat.models import Attachment, Conversation, Message, Reply
from tests.django_client import Page, Person

QUESTION = "[[say Four words of answer.]]"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "MAX_CHARACTERS", 1000)


@pytest.fixture
def chat(alice: Person) -> Conversation:
    alice.signs_in()
    alice.asks(QUESTION)
    return Conversation.objects.get()


def counted() -> int:
    return sum(Conversation.with_deleted.values_list("text_characters", flat=True))


def test_what_is_asked_and_answered_counts(chat):
    assert counted() == len(QUESTION) + len("Four words of answer.")


def test_what_is_too_much_is_refused_and_comes_back(alice, chat):
    page = Page(alice.sends("x" * 1000, chat=chat))

    assert page.status == 422
    assert "used all the space" in page.composer_error
    assert page.one("#text").get_text().strip() == "x" * 1000
    assert Message.objects.count() == 2


def test_settings_count_from_the_first_message_on_and_in_a_fork(alice):
    alice.signs_in()
    preset = alice.user.presets.create(settings={"system": "Be brief."})
    alice.asks(QUESTION, preset=preset.pk)
    fork(Message.objects.get(role="assistant"))
    original, copy = Conversation.objects.order_by("created_at")

    assert copy.settings == original.settings == {"system": "Be brief."}
    expected = len(QUESTION) + len("Four words of answer.") + len('{"system": "Be brief."}')
    assert original.text_characters == copy.text_characters == expected


def test_a_fork_counts_as_much_as_the_chat(alice, chat):
    answer = Message.objects.get(role="assistant")
    while counted() + chat.text_characters <= 1000:
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

    assert alice.client.post(edit, {"text": "x" * 1000}).status_code == 422
    assert counted() == before + len(" and more")


def test_a_deleted_chat_counts_until_it_is_gone_for_good(chat):
    Conversation.objects.update(deleted_at=timezone.now())
    with pytest.raises(quota.OutOfSpace):
        quota.check_space(chat.user_id, for_characters=1000)

    Conversation.with_deleted.all().delete()
    quota.check_space(chat.user_id, for_characters=1000)


def test_what_was_there_before_is_counted_when_the_site_is_updated(chat):
    Attachment.objects.create(message=Message.objects.get(role="user"), position=0, name="a.txt", text="x" * 30)
    Reply.objects.update(reasoning="y" * 20)
    before = counted()
    Conversation.objects.update(text_characters=0)

    import_module("chat.migrations.0006_text_characters").count(apps, connection)

    assert counted() == before + 50
