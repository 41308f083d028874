"""/messages/<id>/edit/: other words, alone or asked anew."""

import pytest
from django.db import connection
from django.utils import timezone

from chat.catalogue import cache
from chat.conversations.delete_message import delete_message
from chat.models import Message, Reply
from chat.replies.lease import LEASE
from tests.django_client import HTMX, Page, image_file


@pytest.fixture(autouse=True)
def somebody_is_there(alice):
    alice.signs_in()


@pytest.fixture
def question(alice) -> Message:
    alice.asks("[[say One]]")
    return Message.objects.get(role="user")


def edits(person, question, text, *, then="save", was=None, **options):
    fields = {"text": text, "then": then} | ({} if was is None else {"was": was})
    return person.client.post(f"/messages/{question.id}/edit/", fields, **options)


def test_saving_changes_the_words_and_asks_nobody(alice, question):
    response = edits(alice, question, "Say\r\ntwo ")

    question.refresh_from_db()
    assert (question.text, Message.objects.count()) == ("Say\ntwo", 2)
    assert response.headers["Location"] == f"{question.conversation.get_absolute_url()}#message-{question.id}"
    assert len(alice.standin.chat_requests) == 1
    assert "edited" in alice.looks_at(question.conversation).html


def test_a_message_that_is_deleted_meanwhile_says_nothing_again(alice, question):
    to_do = [delete_message]

    def meanwhile(execute, sql, *args):
        if sql.startswith('SELECT "chat_message"."text"') and to_do:
            to_do.pop()(question)
        return execute(sql, *args)

    with connection.execute_wrapper(meanwhile):
        assert edits(alice, question, "Say two").status_code == 404
    question.refresh_from_db()
    assert question.text == ""


def test_two_tabs_do_not_write_over_each_other_unasked(alice, question):
    def was(page: Page) -> str:
        return str(page.one("[name=was]")["value"])

    tab = was(Page(alice.client.get(f"/messages/{question.id}/edit/")))
    assert edits(alice, question, "From another tab").status_code == 302
    refused = edits(alice, question, "From this tab", was=tab)
    page = Page(refused)
    assert (refused.status_code, page.one("textarea").get_text().strip()) == (422, "From this tab")
    assert "changed somewhere else" in page.one('[role="alert"]').get_text()
    question.refresh_from_db()
    assert question.text == "From another tab"

    assert edits(alice, question, "From this tab", was=was(page)).status_code == 302
    question.refresh_from_db()
    assert question.text == "From this tab"


def test_the_same_words_are_no_edit(alice, question):
    edits(alice, question, question.text)

    question.refresh_from_db()
    assert question.edited_at is None


def test_asking_again_makes_a_version_beside_the_old_one(alice, question):
    response = edits(alice, question, "[[say Two]]", then="ask")
    alice.follows(alice.latest_reply())
    page = Page(alice.client.get(response.headers["Location"]))

    assert page.text == "Two"
    assert page.one(".pager").get_text().split()[-3:] == ["2", "/", "2"]
    assert Message.objects.filter(parent=None).count() == 2
    assert alice.looks_at(question.conversation, branch=question.id).text == "One"


def test_its_images_are_sent_again(alice):
    alice.asks("[[say One]]", images=[image_file()])
    question = Message.objects.get(role="user")
    edits(alice, question, "[[say Two]]", then="ask")

    version = Message.objects.get(text="[[say Two]]")
    assert version.images == question.images
    assert "image_url" in str(alice.standin.chat_requests[-1].body)


def test_a_image_alone_needs_no_words(alice):
    alice.asks("[[say One]]", images=[image_file()])
    question = Message.objects.get(role="user")
    edits(alice, question, "")

    question.refresh_from_db()
    assert question.text == ""


def test_with_the_model_that_is_chosen_on_the_page(alice, question):
    alice.client.post(
        f"/messages/{question.id}/edit/",
        {"text": "[[say Two]]", "then": "ask", "model": "openrouter/auto"},
        headers=HTMX,
    )

    assert alice.latest_reply().model == "openrouter/auto"


def test_the_form_says_what_reading_the_chat_again_costs(alice, question):
    chat = question.conversation
    alice.asks("x" * 4_000, chat=chat)
    last = Message.objects.filter(role="user").latest("created_at")
    before = Reply.objects.get(message=last.parent_id)
    Reply.objects.filter(pk=before.pk).update(prompt_tokens=3_000, completion_tokens=1_000)

    form = Page(alice.client.get(f"/messages/{last.id}/edit/", {"model": "google/gemini-3.7-flash"}, headers=HTMX))
    assert "Sending the chat so far costs about $0.0019." in " ".join(form.one(".aside").get_text().split())

    free = next(model.id for model in cache.models() if model.is_free)
    assert "costs about" not in alice.client.get(f"/messages/{last.id}/edit/", {"model": free}).content.decode()


@pytest.mark.parametrize(("text", "fault"), [("  ", "Write something first."), ("x" * 400_001, "too long")])
def test_what_cannot_be_saved_comes_back_with_the_reason(alice, question, text, fault):
    for options in ({}, {"headers": HTMX}):
        response = edits(alice, question, text, **options)
        page = Page(response)
        assert (response.status_code, fault in page.one('[role="alert"]').get_text()) == (422, True)
        assert len(page.one("textarea").get_text()) >= len(text.strip())

    question.refresh_from_db()
    assert question.text == "[[say One]]"


def test_nothing_is_asked_while_an_answer_runs(alice, question):
    Reply.objects.update(state="streaming", worker="another", lease_until=timezone.now() + LEASE)
    page = Page(edits(alice, question, "[[say Two]]", then="ask"))

    assert "still being written" in page.one('[role="alert"]').get_text()
    assert page.one("textarea").get_text().strip() == "[[say Two]]"


def test_with_htmx_the_article_changes_in_place(alice, question):
    form = Page(alice.client.get(f"/messages/{question.id}/edit/", headers=HTMX))
    assert form.one("article")["id"] == f"message-{question.id}"

    saved = Page(edits(alice, question, "Say two", headers=HTMX))
    assert saved.one("article .text").get_text() == "Say two"

    left = Page(alice.client.get(f"/messages/{question.id}/article/", headers=HTMX))
    assert left.one("article .text").get_text() == "Say two"


def test_a_line_break_at_the_beginning_survives_the_form(alice, question):
    Message.objects.filter(pk=question.pk).update(text="\n  indented")
    page = Page(alice.client.get(f"/messages/{question.id}/edit/"))

    assert "<textarea" in page.html
    assert ">\n\n  indented</textarea>" in page.html


def test_an_answer_is_not_to_be_edited(alice, question):
    answer = Message.objects.get(role="assistant")

    assert alice.client.get(f"/messages/{answer.id}/edit/").status_code == 404


def test_it_is_not_there_for_others(bob, question):
    bob.signs_in()

    assert edits(bob, question, "Mine").status_code == 404
    assert bob.client.get(f"/messages/{question.id}/article/").status_code == 404
