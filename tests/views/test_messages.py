"""POST /chats/ and /chats/<id>/messages/: a message is stored, or it comes back with a sentence and nothing is lost."""

from datetime import timedelta
from importlib import import_module

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from chat.models import Conversation, Message, Reply
from chat.new_replies.running_replies import MAX_RUNNING_REPLIES
from chat.replies import generate
from chat.views import messages
from tests.django_client import Page, image_file


@pytest.fixture(autouse=True)
def _signed_in(alice):
    alice.signs_in()


class TestWithHtmx:
    def test_it_answers_with_both_articles_and_the_address_of_a_new_chat(self, alice):
        response = alice.sends_with_htmx("Hello?")

        chat = Conversation.objects.get()
        page = Page(response)
        assert response.headers["HX-Push-Url"] == f"/chats/{chat.id}/"
        assert page.one('article[data-role="user"]').select_one(".text").get_text() == "Hello?"
        assert page.one('article[data-role="assistant"]')["data-state"] == "waiting"
        assert page.one("[hx-sse\\:connect]")["hx-sse:connect"].startswith("/replies/")

    def test_a_further_message_stays_in_its_chat(self, alice):
        chat = alice.asks("[[say One]]") and Conversation.objects.get()
        response = alice.sends_with_htmx("[[say Two]]", chat=chat)

        assert "HX-Push-Url" not in response.headers
        assert Conversation.objects.count() == 1
        assert [message.role for message in chat.path()] == ["user", "assistant", "user", "assistant"]

    def test_the_stream_of_the_answer_can_come_in_the_same_response(self, alice):
        response = alice.sends_with_htmx("[[say Hello]]", stream="1")
        first, *events = b"".join(response.streaming_content).decode().strip().split("\n\n")

        assert response.headers["HX-Push-Url"] == Conversation.objects.get().get_absolute_url()
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert first.startswith("event: html\ndata: ")
        html = BeautifulSoup(first.replace("\ndata: ", "\n"), "html.parser")
        assert [article["data-role"] for article in html.select("article")] == ["user", "assistant"]
        assert "Hello" in "".join(events)
        assert events[-1] == "event: done\ndata: complete"
        assert len(alice.standin.chat_requests) == 1

    def test_an_answer_that_nobody_waits_for_begins_at_once(self, alice, monkeypatch):
        monkeypatch.setattr(generate, "START_DELAY_SECONDS", 3600)
        alice.sends_with_htmx("[[say Hello]]", stream="1").close()

        alice.standin.wait_for(lambda: alice.latest_reply().state == "complete")

    def test_a_bad_message_gets_a_sentence_and_stores_nothing(self, alice):
        response = alice.sends_with_htmx("   ")

        assert response.status_code == 422
        assert response.content.decode() == "Write something or attach a file."
        assert not Conversation.objects.exists()

    def test_the_sentence_is_escaped(self, alice):
        response = alice.sends_with_htmx("Hello", model="<script>alert(1)</script>")

        assert response.status_code == 422
        assert "<script>" not in response.content.decode()


class TestWithoutJavaScript:
    def test_it_goes_to_the_chat_which_is_being_answered(self, alice):
        response = alice.sends("[[say Hello]]")

        chat = Conversation.objects.get()
        assert response.headers["Location"] == f"/chats/{chat.id}/"  # no #fragment: with one no reload would follow
        alice.standin.wait_for(lambda: alice.latest_reply().state == "complete")
        assert alice.looks_at(chat).text == "Hello"

    def test_the_page_reloads_itself_only_while_an_answer_runs(self, alice):
        alice.sends("[[mute]]")
        chat = Conversation.objects.get()

        assert alice.looks_at(chat).soup.select('noscript meta[http-equiv="refresh"]')
        alice.client.post(f"/replies/{alice.latest_reply().id}/cancellation/")
        assert not alice.looks_at(chat).soup.select('noscript meta[http-equiv="refresh"]')

    def test_what_was_written_to_a_chat_that_is_gone_waits_on_the_next_page(self, alice):
        alice.asks("[[say Hello]]")
        chat = Conversation.objects.get()
        alice.client.post(f"/chats/{chat.id}/deletion/")

        assert alice.sends("Long and dear", chat=chat).status_code == 404
        assert Page(alice.client.get("/")).one("#text").get_text().strip() == "Long and dear"

    def test_a_bad_image_comes_back_with_the_text_and_the_good_ones(self, alice):
        broken = SimpleUploadedFile("page.png", b"<html>", content_type="image/png")
        response = alice.sends("What is this?", images=[image_file(), broken])

        page = Page(response)
        assert response.status_code == 422
        assert page.composer_error.startswith("“page.png” isn't a supported image. Use PNG, JPEG,")
        assert page.one('textarea[name="text"]').get_text().strip() == "What is this?"
        kept = page.one('input[name="kept"]')["value"]
        alice.sends("What is this?", kept=kept)
        assert [str(image.id) for image in Message.objects.get(role="user").images] == [kept]


@pytest.mark.database
def test_a_second_message_waits_until_the_first_is_answered(alice):
    alice.sends_with_htmx("[[mute]]")
    chat = Conversation.objects.get()
    response = alice.sends_with_htmx("And?", chat=chat)

    assert response.status_code == 422
    assert "still being written" in response.content.decode()
    assert Reply.objects.count() == 1


@pytest.mark.database
def test_a_person_has_some_answers_at_a_time(alice):
    for _ in range(MAX_RUNNING_REPLIES):
        alice.sends_with_htmx("[[mute]]")
    response = alice.sends_with_htmx("[[mute]]")

    assert response.status_code == 422
    assert Conversation.objects.count() == MAX_RUNNING_REPLIES, "the refused message must not leave an empty chat"


def test_a_text_of_half_a_million_characters_is_refused(alice):
    response = alice.sends_with_htmx("x" * 500_000)

    assert response.status_code == 422
    assert "too long" in response.content.decode()


@pytest.mark.database
def test_null_characters_are_dropped(alice):
    """PostgreSQL cannot store them."""
    alice.asks("[[say one]]\0")

    assert Message.objects.get(role="user").text == "[[say one]]"


def test_of_the_text_only_line_ends_and_the_space_around_it_change(alice):
    alice.asks(" \0\r\n[[say one]]\r\n\r\n  <b>\ttwo\rthree\0\u2003 \n")

    assert Message.objects.get(role="user").text == "[[say one]]\n\n  <b>\ttwo\rthree"


def test_all_faults_are_named_at_once(alice, settings):
    settings.DEFAULT_MODEL = "google/gemini-3.7-flash"
    response = alice.sends_with_htmx("", model="gone/model\0", attachment=["x"] * 10 + ["y" * 400_000])

    assert response.status_code == 422
    assert response.content.decode() == (
        "A message can have up to 10 text attachments. This text is too long. The limit is 400,000 characters."
        " “gone/model” is no longer available. Choose another model. The closest is Gemini 3.7 Flash."
    )


def test_somebody_elses_chat_is_not_there(alice, bob):
    alice.asks("[[say Hello]]")
    bob.signs_in()

    assert bob.sends("Hello?", chat=Conversation.objects.get()).status_code == 404
    assert Message.objects.count() == 2


def test_what_is_sent_while_signed_out_waits_behind_the_sign_in(alice):
    alice.asks("[[say Hello]]")
    chat = Conversation.objects.get()
    alice.client.post("/signout/")
    response = alice.sends("A long text", chat=chat)

    assert response.headers["Location"] == f"/?next=%2Fchats%2F{chat.id}%2F"
    alice.signs_in(destination=f"/chats/{chat.id}/")
    page = alice.looks_at(chat)
    assert page.one('textarea[name="text"]').get_text().strip() == "A long text"
    assert Message.objects.count() == 2, "nothing is sent by itself"


def test_it_refuses_other_methods_and_missing_tokens(alice):
    assert alice.client.put("/chats/").status_code == 405
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    strict.cookies = alice.client.cookies
    assert strict.post("/chats/", {"text": "Hello?"}).status_code == 403
    assert not Message.objects.exists()


@pytest.mark.database
class TestOnceAndNoMore:
    """A page that has not heard of the arrival of its message sends it again by the same id."""

    ID = "0b1fd1a2f3c44c5e8d6f7a8b9c0d1e2f"

    def test_what_comes_twice_is_asked_once(self, alice):
        first = alice.sends_with_htmx("[[say One]]", id=self.ID)
        again = alice.sends_with_htmx("[[say One]]", id=self.ID)
        chat = Conversation.objects.get()

        assert "HX-Redirect" not in first.headers
        assert again.headers["HX-Redirect"] == chat.get_absolute_url()
        assert alice.sends("[[say One]]", chat=chat, id=self.ID).headers["Location"] == chat.get_absolute_url()
        assert (Message.objects.count(), Reply.objects.count()) == (2, 1)

    def test_when_both_are_on_their_way_too(self, alice, monkeypatch):
        alice.sends("[[say One]]", id=self.ID)
        looks = iter([None, Message.objects.get(role="user")])  # the first came to be after the second had looked
        monkeypatch.setattr(messages, "_message_with_id", lambda request: next(looks))

        response = alice.sends("[[say One]]", id=self.ID)
        assert response.headers["Location"] == Conversation.objects.get().get_absolute_url()
        assert Reply.objects.count() == 1

    def test_an_id_of_somebody_else_tells_nothing_and_takes_nothing(self, alice, bob):
        alice.asks("[[say One]]", id=self.ID)
        bob.signs_in()
        page = bob.asks("[[say Two]]", id=self.ID)

        assert "Two" in page.text
        assert Message.objects.get(pk=self.ID).text == "[[say One]]"
        assert Message.objects.count() == 4

    def test_nonsense_is_no_id(self, alice):
        assert "One" in alice.asks("[[say One]]", id="../1").text


@pytest.mark.database
def test_strangers_leave_little_here_and_not_for_long(alice):
    for _ in range(30):
        stranger = Client(SERVER_NAME="localhost")
        assert stranger.post("/chats/", {"text": "x" * 100_000}).status_code == 302

    rows = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class().objects.all()
    drafts = {row: draft for row in rows if (draft := row.get_decoded().get("draft"))}
    assert [len(draft) for draft in drafts.values()] == [20_000] * 20
    assert max(row.expire_date for row in drafts) < timezone.now() + timedelta(hours=2)


def test_the_limit_for_strangers_ends_with_the_sign_in(alice):
    alice.sends("A draft")
    alice.signs_in()

    assert alice.client.session.get_expiry_age() > 60 * 60 * 24
