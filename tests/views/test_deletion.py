"""Deleting chats and having them back; after some minutes they are gone for good, with their images."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.deletion import conversations
from chat.models import Conversation, Image, Message, Reply, User
from tests.django_client import HTMX, Page, image_file

LONG_AGO = conversations.UNDO_PERIOD + timedelta(seconds=1)


@pytest.fixture
def chat(alice) -> Conversation:
    alice.signs_in()
    alice.asks("[[say Hello]]")
    return Conversation.objects.get()


def deletes(person, chat: Conversation) -> Page:
    """Without a script: the page that it leads to."""
    return Page(person.client.post(f"/chats/{chat.id}/deletion/", follow=True))


def status_of(person, path: str) -> int:
    response = person.client.get(path)
    response.close()  # an image is a file
    return response.status_code


def minutes_pass(since: timedelta = LONG_AGO) -> None:
    """And the sweep comes by (tests/deletion/test_conversations.py shows that it does)."""
    Conversation.with_deleted.exclude(deleted_at=None).update(deleted_at=timezone.now() - since)
    conversations.purge(Conversation.with_deleted.all())


def test_a_deleted_chat_is_nowhere(alice, chat):
    alice.asks("Look", chat=chat, images=[image_file()])
    reply = alice.latest_reply()
    paths = [f"/chats/{chat.id}/", f"/replies/{reply.id}/stream/", Image.objects.get().url]
    forms = [f"/chats/{chat.id}/{verb}/" for verb in ("messages", "title", "pin", "deletion")]
    forms += [f"/replies/{reply.id}/{verb}/" for verb in ("retry", "continuation", "cancellation")]
    assert {status_of(alice, path) for path in paths} == {200}
    deletes(alice, chat)

    assert {status_of(alice, path) for path in paths} == {404}
    assert {alice.client.post(path, {"text": "x", "title": "x"}).status_code for path in forms} == {404}
    assert not Page(alice.client.get("/")).soup.select(".chat")


def test_undo_brings_it_back_whole(alice, chat, bob):
    alice.asks("Look", chat=chat, images=[image_file()])
    undo = deletes(alice, chat).one(".undo form")
    bob.signs_in()
    assert bob.client.post(undo["action"]).status_code == 404

    page = Page(alice.client.post(undo["action"], follow=True))
    assert len(page.soup.select("article")) == 4
    assert status_of(alice, Image.objects.get().url) == 200


def test_after_some_minutes_it_is_too_late(alice, chat):
    undo = deletes(alice, chat).one(".undo form")
    minutes_pass()

    assert not Conversation.with_deleted.exists()
    assert alice.client.post(undo["action"]).status_code == 404
    assert "Too late" in Page(alice.client.post(undo["action"], headers=HTMX)).one(".toast").get_text()


def test_before_that_it_stays(alice, chat):
    deletes(alice, chat)
    minutes_pass(conversations.UNDO_PERIOD - timedelta(minutes=1))

    assert Conversation.with_deleted.exists()


def test_in_the_list_it_goes_at_once_and_the_notice_comes(alice, chat):
    alice.asks("[[say Another]]")
    here = {**HTMX, "HX-Current-URL": f"http://localhost{alice.latest_reply().message.conversation.get_absolute_url()}"}
    page = Page(alice.client.post(f"/chats/{chat.id}/deletion/", headers=here))
    assert len(page.soup.select(".chat")) == 1

    page = Page(alice.client.post(page.one(".undo form")["hx-post"], headers=here))
    assert len(page.soup.select(".chat")) == 2


def test_whoever_deletes_the_open_chat_is_led_away(alice, chat):
    here = {**HTMX, "HX-Current-URL": f"http://localhost{chat.get_absolute_url()}"}
    response = alice.client.post(f"/chats/{chat.id}/deletion/", headers=here)

    assert response.headers["HX-Redirect"] == f"/?deleted={chat.id}"


def test_all_can_be_deleted_and_had_back_except_those_that_went_before(alice, chat, bob):
    bob.signs_in()
    bob.asks("[[say Mine]]")
    for text in ("[[say One]]", "[[say Two]]"):
        alice.asks(text)
    deletes(alice, chat)
    form = Page(alice.client.get("/account/")).one("details form[action='/chats/deletion/']")
    page = Page(alice.client.post(form["action"], follow=True))
    assert not alice.user.conversations.exists()
    assert bob.user.conversations.exists()
    assert "2 chats deleted" in page.one(".undo").get_text()

    at = {"at": page.one(".undo [name=at]")["value"]}
    assert bob.client.post("/chats/restoration/", at).status_code == 404
    alice.client.post("/chats/restoration/", at)
    assert alice.user.conversations.count() == 2


@pytest.mark.parametrize("at", ["", "x", "-1", "\0", "9" * 40, "99999999999999999"])
def test_a_moment_that_never_was_brings_nothing_back(alice, at):
    alice.signs_in()

    assert alice.client.post("/chats/restoration/", {"at": at}).status_code == 404
    assert alice.client.get("/", {"deleted": at}).status_code == 200
    assert alice.client.post("/chats/deletion/").headers["Location"] == "/"


def test_it_stops_what_is_being_answered_and_undo_has_what_came(alice, chat):
    alice.sends("[[mute]]", chat=chat)
    alice.standin.wait_for(lambda: alice.standin.open_streams)
    deletes(alice, chat)

    alice.standin.wait_for(lambda: alice.standin.closed_early)
    alice.standin.wait_for(lambda: not Reply.objects.filter(state__in=Reply.RUNNING))
    alice.client.post(f"/chats/{chat.id}/restoration/")
    assert alice.looks_at(chat).state == "stopped"


def test_images_that_nothing_else_shows_are_deleted_too(alice, chat, settings):
    alice.asks("Both", chat=chat, images=[image_file(), image_file(colour="blue")])
    alice.asks("One of them elsewhere", images=[image_file(colour="blue")])
    deletes(alice, chat)
    assert Image.objects.count() == 2
    minutes_pass()

    files = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert len(files) == Image.objects.count() == 1
    assert status_of(alice, Image.objects.get().url) == 200


def test_the_images_stay_that_are_being_sent(alice, chat):
    broken = image_file(name="broken.png")
    broken.file.truncate(60)
    alice.sends("Look", images=[image_file(), broken])
    kept = Image.objects.get()
    deletes(alice, chat)
    minutes_pass()

    alice.asks("Look", kept=str(kept.id))
    assert Message.objects.get(role="user").images == [kept]


def test_images_that_were_never_sent_go_after_a_day(alice, chat):
    broken = image_file(name="broken.png")
    broken.file.truncate(60)
    alice.sends("Look", images=[image_file(), broken])
    Image.objects.update(created_at=timezone.now() - timedelta(days=2))
    deletes(alice, chat)
    minutes_pass()

    assert not Image.objects.exists()


def test_an_account_goes_with_its_deleted_chats(alice, chat):
    deletes(alice, chat)
    User.objects.all().delete()

    assert not Conversation.with_deleted.exists()


def test_a_long_chat_goes_a_few_messages_at_a_time(alice, chat, monkeypatch):
    first = Message.objects.get(conversation=chat, role="assistant")
    for number in range(50):
        first = Message.objects.create(conversation=chat, parent=first, role="user", text=f"{number}")
    sizes = []

    def watched(steps):
        for step in steps:
            sizes.append(Message.objects.count())
            yield step

    monkeypatch.setattr(conversations, "throttled", watched)
    deletes(alice, chat)
    minutes_pass()

    assert sizes == [52, 32, 12, 0, 0]  # out of sight; three times twenty; the chat itself
    assert not Conversation.with_deleted.exists()


def test_what_is_gone_in_part_cannot_be_had_back(alice, chat):
    undo = deletes(alice, chat).one(".undo form")
    Conversation.with_deleted.update(deleted_at=timezone.now() - LONG_AGO)

    assert alice.client.post(undo["action"]).status_code == 404
    assert not Conversation.objects.exists()


def test_of_many_some_go_at_a_time_and_all_come_back(alice, chat, monkeypatch):
    monkeypatch.setattr(conversations, "CHAT_BATCH", 2)
    Conversation.objects.bulk_create(Conversation(user=alice.user, title=f"{number}") for number in range(4))
    page = Page(alice.client.post("/chats/deletion/", follow=True))
    assert not Conversation.objects.exists()
    assert "5 chats deleted" in page.one(".undo").get_text()

    alice.client.post(page.one(".undo form")["action"], {"at": page.one(".undo [name=at]")["value"]})
    assert Conversation.objects.count() == 5
