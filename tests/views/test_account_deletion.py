"""/account/deletion/: leaving for good."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from chat.deletion import accounts
from chat.models import Attachment, CatalogueSnapshot, Conversation, Message, Reply, User
from chat.replies import live
from chat.replies.finish import Outcome, finish
from chat.replies.live import LiveReply
from chat.reply_content.deltas import TEXT, Delta
from tests.django_client import Page, Person, image_file

SURE = {"sure": "yes"}


@pytest.fixture
def everything(settings):
    """Every row of every table that is about people, and every file."""
    tables = [model for model in apps.get_models() if model is not CatalogueSnapshot]

    def look() -> dict[str, set[Any]]:
        rows = {table._meta.label: set(table._base_manager.values_list("pk")) for table in tables}
        return rows | {"files": set(settings.MEDIA_ROOT.rglob("*"))}

    return look


@pytest.mark.database
def test_nothing_is_left_of_who_leaves_and_all_of_the_others(alice, bob, everything):
    bob.signs_in()
    bob.asks("Look", images=[image_file()])
    before = everything()
    alice.signs_in()
    alice.asks("Look", images=[image_file(), image_file(colour="blue")])
    alice.asks("Draw [[image]]")
    Attachment.objects.create(message=Message.objects.latest("created_at"), position=0, name="a", text="b")
    Conversation.objects.filter(user=alice.user).update(title="deleted before", deleted_at="2026-01-01T00:00Z")
    on_the_phone = Person("alice", alice.standin)
    on_the_phone.signs_in()
    on_the_phone.goes_to_openrouter()  # and never comes back
    sha256 = alice.user.stored_key.sha256
    response = alice.client.post("/account/deletion/", SURE)

    assert everything() == before
    page = Page(response)
    assert page.soup.select(f'a[href="{alice.standin.url}/keys/{sha256}"]')
    assert "storage" in response.headers["Clear-Site-Data"]
    assert on_the_phone.client.get("/account/").status_code == 302
    with bob.user.images.get().file.open() as kept:
        assert kept.read()


def test_nothing_goes_without_the_tick(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    response = alice.client.post("/account/deletion/", {"sure": ""})

    assert response.status_code == 422
    assert "Tick the box" in Page(response).one('[role="alert"]').get_text()
    assert "autofocus" in Page(response).one("[name='sure']").attrs, "it is far down the page"
    assert Conversation.objects.count() == User.objects.count() == 1
    assert alice.client.get("/account/deletion/").status_code == 405


@pytest.mark.database
def test_a_running_answer_ends_and_stores_nothing(alice, everything):
    before = everything()
    alice.signs_in()
    alice.sends("[[mute after=3]]")
    alice.standin.wait_for(lambda: alice.standin.open_streams)
    alice.client.post("/account/deletion/", SURE)

    assert alice.standin.wait_for(lambda: alice.standin.closed_early and not live.running())
    assert everything() == before


@pytest.mark.database
def test_an_answer_that_ends_after_its_owner_left_gives_up_at_once(alice, everything, monkeypatch):
    """As one does that waited for the database, or that another process makes."""
    monkeypatch.setattr(accounts, "STOP_WAIT_SECONDS", 0)
    before = everything()
    alice.signs_in()
    chat = Conversation.objects.create(user=alice.user, title="Elsewhere", model="x/y")
    question = Message.objects.create(conversation=chat, role="user", text="?")
    answer = Message.objects.create(conversation=chat, parent=question, role="assistant")
    reply = Reply.objects.create(message=answer, model="x/y", max_completion_tokens=1, worker="elsewhere")
    alice.client.post("/account/deletion/", SURE)
    connection.close()

    finish(LiveReply(reply.pk, deltas=[Delta(TEXT, "too late")]), Outcome(Reply.State.COMPLETE))
    assert everything() == before


@pytest.mark.database
def test_who_comes_back_is_somebody_new(alice):
    alice.signs_in()
    alice.asks("[[say Hello]]")
    before = alice.user.id
    alice.client.post("/account/deletion/", SURE)
    alice.signs_in()

    assert alice.user.id != before
    assert not Page(alice.client.get("/")).soup.select("#chat-list a")
