"""The sweep: chats whose time is up go although nobody comes by, and it ends by itself."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from chat.deletion import conversations
from chat.models import Conversation
from tests.django_client import image_file


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(conversations, "SWEEP_SECONDS", 0.02)


def is_sweeping() -> bool:
    return any(thread.name == "deletion" for thread in threading.enumerate())


def test_it_waits_for_the_time_takes_the_chat_away_and_ends(alice):
    alice.asks("[[say Hello]]")
    alice.asks("[[say Stay]]")
    chat = Conversation.objects.earliest("created_at")
    alice.client.post(f"/chats/{chat.id}/deletion/")
    assert is_sweeping()
    assert Conversation.with_deleted.count() == 2

    Conversation.with_deleted.filter(pk=chat.pk).update(deleted_at=timezone.now() - conversations.UNDO_PERIOD)
    alice.standin.wait_for(lambda: Conversation.with_deleted.count() == 1)
    alice.standin.wait_for(lambda: not is_sweeping())


def test_temporary_chats_go_a_day_after_their_last_message(alice):
    alice.asks("[[say Hello]]", temporary="1")
    alice.asks("[[say Stay]]", temporary="1")
    oldest = Conversation.objects.earliest("created_at")
    Conversation.objects.filter(pk=oldest.pk).update(updated_at=timezone.now() - timedelta(hours=25))
    alice.standin.wait_for(lambda: Conversation.with_deleted.count() == 1)

    assert Conversation.objects.get() != oldest


def test_without_a_database_it_tries_again(alice, monkeypatch):
    alice.asks("[[say Hello]]")
    chat = Conversation.objects.get()
    failures = iter([RuntimeError(), RuntimeError()])

    def fails_twice(conversations):
        for failure in failures:
            raise failure
        as_usual(conversations)

    as_usual = conversations.purge
    monkeypatch.setattr(conversations, "purge", fails_twice)
    alice.client.post(f"/chats/{chat.id}/deletion/")
    Conversation.with_deleted.update(deleted_at=timezone.now() - conversations.UNDO_PERIOD)

    alice.standin.wait_for(lambda: not Conversation.with_deleted.exists())


def test_files_of_people_whom_the_database_does_not_know_stay(alice, settings):
    """It may be a new database, or the wrong one."""
    alice.signs_in()
    alice.uploads(image_file())
    alice.user.delete()

    conversations.ensure_running()
    alice.standin.wait_for(lambda: not is_sweeping())
    assert list((settings.MEDIA_ROOT / "pictures").rglob("*.png"))
