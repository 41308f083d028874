"""A temporary chat: nowhere but at its own address, and a day after its last message nowhere at all.

Give or take a minute, in which a process looks for such chats.
"""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from chat.deletion import conversations
from chat.models import Conversation, Image
from tests.django_client import Page, image_file

ALMOST = conversations.TEMPORARY_LIFETIME - timedelta(minutes=1)
OVER = conversations.TEMPORARY_LIFETIME + timedelta(minutes=1)


@pytest.fixture
def chat(alice) -> Conversation:
    alice.signs_in()
    alice.asks("[[say Bread]]", temporary="1", images=[image_file()])
    return Conversation.objects.get()


def time_passes(since: timedelta) -> None:
    """And the sweep comes by."""
    Conversation.objects.update(updated_at=timezone.now() - since)
    conversations.purge(Conversation.with_deleted.all())


def test_it_is_in_no_list_no_search_and_not_in_the_download_of_everything(alice, chat):
    alice.asks("[[say Milk]]")
    listed = Page(alice.client.get("/chats/"))
    found = Page(alice.client.get("/search/", {"q": "bread"}))
    everything = b"".join(alice.client.get("/account/export.zip").streaming_content)

    assert [link["href"] for link in listed.soup.select("a[href^='/chats/']")].count(chat.get_absolute_url()) == 0
    assert not found.soup.select("#found li")
    with zipfile.ZipFile(io.BytesIO(everything)) as archive:
        assert not [name for name in archive.namelist() if chat.id.hex[:8] in name or name.startswith("pictures/")]


def test_it_can_be_read_and_exported(alice, chat):
    assert alice.looks_at(chat).text == "Bread"
    assert b"Bread" in b"".join(alice.client.get(f"/chats/{chat.id}/export.md").streaming_content)


def test_its_file_goes_with_it(alice, chat):
    file = str(Image.objects.get().file)
    time_passes(ALMOST)
    assert default_storage.exists(file)

    time_passes(OVER)
    assert alice.client.get(chat.get_absolute_url()).status_code == 404
    assert not Conversation.with_deleted.exists()
    assert not default_storage.exists(file)


def test_a_message_gives_it_another_day(alice, chat):
    time_passes(ALMOST)
    alice.asks("[[say More]]", chat=chat)
    chat.refresh_from_db()

    assert timezone.now() - chat.updated_at < timedelta(minutes=1)


def test_one_that_goes_on_from_it_is_temporary_too_until_it_is_kept(alice, chat):
    question = chat.messages.get(role="user")
    alice.client.post(f"/messages/{question.id}/fork/")
    fork = Conversation.objects.exclude(pk=chat.pk).get()
    assert fork.is_temporary

    alice.client.post(f"/chats/{fork.id}/keeping/")
    time_passes(OVER)
    assert Conversation.with_deleted.get() == fork
    assert default_storage.exists(str(Image.objects.get().file))
