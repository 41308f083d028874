"""/chats/<id>/: one's own chats, to read, rename and delete."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Conversation, Image, Message, User
from tests.django_client import image_file


@pytest.fixture
def chat(alice) -> Conversation:
    alice.signs_in()
    alice.asks("[[say Hello]]")
    return Conversation.objects.get()


def test_it_shows_the_messages_in_order(alice, chat):
    alice.asks("[[say again]]", chat=chat)
    page = alice.looks_at(chat)

    assert [article["data-role"] for article in page.soup.select("article")] == ["user", "assistant"] * 2
    assert page.text == "again"


def test_a_button_can_be_used_while_the_rest_of_the_page_still_arrives(alice, chat):
    html = alice.looks_at(chat).soup.decode()
    forms = re.findall(r'<button[^>]* form="(\w+)"', html)

    assert "action" in forms
    for form in forms:
        assert html.index(f'<form id="{form}"') < html.index(f' form="{form}"')


@pytest.mark.parametrize("address", ["", "title/", "pin/", "keeping/", "deletion/", "restoration/"])
def test_it_is_not_there_for_others(bob, chat, address):
    bob.signs_in()
    visit = bob.client.post if address else bob.client.get

    assert visit(f"/chats/{chat.id}/{address}", {"title": "Mine"}).status_code == 404
    assert Conversation.objects.get() == chat


def test_the_signed_out_are_sent_to_sign_in_and_back(alice, chat):
    alice.client.post("/signout/")

    assert alice.client.get(f"/chats/{chat.id}/").headers["Location"] == f"/?next=%2Fchats%2F{chat.id}%2F"


def test_it_can_be_renamed(alice, chat):
    alice.client.post(f"/chats/{chat.id}/title/", {"title": "  Two \n words\0 "})

    chat.refresh_from_db()
    assert chat.title == "Two words"
    assert chat.title_by == "person"


@pytest.mark.parametrize("title", ["", "   "])
def test_an_empty_title_leaves_the_old_one(alice, chat, title):
    alice.client.post(f"/chats/{chat.id}/title/", {"title": title})

    chat.refresh_from_db()
    assert chat.title == "[[say Hello]]"


def test_a_long_chat_takes_as_many_queries_as_a_short_one(alice, chat):
    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            alice.looks_at(chat)
        return len(context)

    alice.asks("[[say more]]", chat=chat, images=[image_file()])
    few = queries()
    for number in range(10):
        alice.asks("[[say more]]", chat=chat, images=[image_file(size=(20 + number, 20))])

    assert Message.objects.count() > 20
    assert queries() == few


def test_the_list_takes_as_many_queries_for_twenty_chats_as_for_one(alice, chat):
    with CaptureQueriesContext(connection) as for_one:
        alice.client.get("/")
    Conversation.objects.bulk_create(Conversation(user=alice.user, title="Other", model="x/y") for _ in range(20))
    with CaptureQueriesContext(connection) as for_many:
        alice.client.get("/")

    assert len(for_many) == len(for_one)


def test_a_lost_file_leaves_a_gap_and_the_chat_goes_on(alice, chat, settings):
    alice.asks("Look", chat=chat, images=[image_file()])
    image = Image.objects.get()
    (settings.MEDIA_ROOT / image.file.name).unlink()

    assert alice.client.get(image.url).status_code == 404
    assert alice.asks("[[say still here]]", chat=chat).text == "still here"


def test_an_image_of_a_model_is_sent_with_the_next_question(alice, chat):
    alice.asks("[[image]]", chat=chat)
    alice.asks("Make it blue", chat=chat)

    answer = alice.standin.chat_requests[-1].body["messages"][-2]
    assert answer["role"] == "assistant"
    assert answer["images"][0]["image_url"]["url"].startswith("data:image/")


def test_the_page_follows_answers_unless_its_reader_does_not_want_that(alice, chat):
    assert not alice.looks_at(chat).one("chat-transcript").get("data-follow")
    User.objects.update(follows_answers=False)

    assert alice.looks_at(chat).one("chat-transcript")["data-follow"] == "no"
