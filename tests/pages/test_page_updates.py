"""/chats/<id>/messages/?shown=…: what a page lacks that has stood for a while; and what a POST from it brings along."""

import re

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.conversations.page_updates import EDITED
from chat.models import Conversation, Reply
from tests.django_client import HTMX, Page
from tests.views.test_message_list import make_talk


@pytest.fixture
def chat(alice) -> Conversation:
    alice.signs_in()
    alice.asks("[[say One]] first")
    return Conversation.objects.get()


def shown_on(page: Page) -> str:
    """As static/js/composer/pending-message.js says it."""
    articles = page.soup.select("#log > article")
    marks = [article.select_one("[data-version]") for article in articles]
    return "_".join(f"{a['id']}.{m['data-version'] if m else ''}" for a, m in zip(articles, marks, strict=True))


def news(person, chat: Conversation, page: Page, **query):
    return person.client.get(f"/chats/{chat.id}/messages/", {"shown": shown_on(page), **query}, headers=HTMX)


def articles_in(html: bytes) -> list[str]:
    """What is put at the end of the page, in its order."""
    soup = BeautifulSoup(html, "html.parser")
    return [a.select_one(".text, [id^=done-]").get_text().strip() for a in soup.find_all("article", recursive=False)]


def partials_in(html: bytes) -> dict[str, str]:
    soup = BeautifulSoup(html, "html.parser")
    return {str(part["hx-target"]): str(part["hx-swap"]) for part in soup.select("hx-partial")}


def test_where_nothing_is_new_there_is_nothing_to_say(alice, chat):
    response = news(alice, chat, alice.looks_at(chat))

    assert response.status_code == 204
    assert response.content == b""


def test_what_came_elsewhere_follows_in_order(alice, chat):
    page = alice.looks_at(chat)
    alice.asks("[[say Two]] second", chat=chat)
    alice.asks("[[say Three]] third", chat=chat)

    response = news(alice, chat, page)
    assert articles_in(response.content) == ["[[say Two]] second", "Two", "[[say Three]] third", "Three"]
    assert partials_in(response.content)["#status"] == "innerHTML"


def test_an_answer_that_is_being_written_brings_its_stream_and_stop(alice, chat):
    page = alice.looks_at(chat)
    alice.sends_with_htmx("[[say Two]]", chat=chat)

    html = news(alice, chat, page).content.decode()
    assert f"{alice.latest_reply().stream_url}?after=" in html
    assert alice.latest_reply().cancellation_url in html
    alice.follows(alice.latest_reply())


def test_another_answer_takes_the_place_of_the_one_that_is_shown(alice, chat):
    page = alice.looks_at(chat)
    before = alice.latest_reply()
    alice.client.post(f"/replies/{before.id}/retry/")
    alice.follows(alice.latest_reply())

    response = news(alice, chat, page)
    assert partials_in(response.content)[f"#answer-{before.id}"] == "delete"
    assert articles_in(response.content) == ["One"]
    assert "2 / 2" in " ".join(BeautifulSoup(response.content, "html.parser").get_text().split())


def test_text_that_was_changed_elsewhere_is_updated(alice, chat):
    page = alice.looks_at(chat)
    question = chat.path()[0]
    alice.client.post(f"/messages/{question.id}/edit/", {"text": "other words", "then": "save"})

    response = news(alice, chat, page)
    assert partials_in(response.content)[f"#message-{question.id}"] == "outerHTML"
    assert "other words" in response.content.decode()
    assert articles_in(response.content) == []


def test_what_was_deleted_elsewhere_goes(alice, chat):
    page = alice.looks_at(chat)
    reply = alice.latest_reply()
    alice.client.post(f"/messages/{reply.message_id}/deletion/")

    assert partials_in(news(alice, chat, page).content)[f"#answer-{reply.id}"] == "delete"


def test_a_cost_that_became_known_changes_the_facts_and_leaves_the_text(alice, chat):
    page = alice.looks_at(chat)
    reply = alice.latest_reply()
    Reply.objects.filter(pk=reply.pk).update(cost="0.0042", is_cost_looked_up=True)

    response = news(alice, chat, page)
    assert partials_in(response.content).keys() == {
        *(f"#by-{reply.id}", f"#end-{reply.id}", "#composer-action", "#chat-tokens", "#chat-cost")
    }
    assert response.content.decode().count("$0.0042") == 3


def test_a_page_whose_messages_are_all_gone_is_reloaded(alice, chat):
    response = alice.client.get(
        f"/chats/{chat.id}/messages/", {"shown": "message-nonsense.0_answer-\x00_x"}, headers=HTMX
    )

    assert response.headers["HX-Refresh"] == "true"


def test_somebody_else_learns_nothing(alice, bob, chat):
    page = alice.looks_at(chat)
    bob.signs_in()

    assert news(bob, chat, page).status_code == 404


def test_messages_of_other_chats_are_not_found_by_their_names(alice, bob, chat):
    bob.signs_in()
    bob.asks("[[say Secret]]")
    page = bob.looks_at(bob.latest_reply().message.conversation)

    assert "Secret" not in news(alice, chat, page).content.decode()


def test_a_long_page_costs_as_many_queries_as_a_short_one(alice):
    alice.signs_in()
    counts = []
    for turns in (5, 20):
        chat = make_talk(alice.user, turns=turns)
        page = alice.looks_at(chat)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert news(alice, chat, page).status_code == 204
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_somebody_writes_in_stays_though_another_version_took_its_place(alice, chat):
    page = alice.asks("[[say Two]] second", chat=chat)
    *before, question, answer = shown_on(page).split("_")
    anchor = question.partition(".")[0]
    edit = f"/messages/{anchor.removeprefix('message-')}/edit/"
    alice.client.post(edit, {"text": "[[say Other]]", "then": "ask"})
    alice.follows(alice.latest_reply())
    shown = "_".join([*before, f"{anchor}.{EDITED}", answer])

    response = alice.client.get(f"/chats/{chat.id}/messages/", {"shown": shown}, headers=HTMX)
    assert articles_in(response.content) == ["[[say Other]]", "Other"]
    assert f"#{anchor}" not in partials_in(response.content)
    assert f"#{answer.partition('.')[0]}" in partials_in(response.content)


def test_nor_is_its_page_reloaded(alice, chat):
    shown = f"{shown_on(alice.looks_at(chat)).partition('.')[0]}.{EDITED}"
    question = chat.path()[0]
    alice.client.post(f"/messages/{question.id}/edit/", {"text": "[[say Other]]", "then": "ask"})
    alice.follows(alice.latest_reply())

    response = alice.client.get(f"/chats/{chat.id}/messages/", {"shown": shown}, headers=HTMX)
    assert response.status_code == 204


class TestSending:
    def test_what_lies_between_comes_before_what_was_sent(self, alice, chat):
        page = alice.looks_at(chat)
        alice.asks("[[say Two]] second", chat=chat)
        response = alice.sends_with_htmx("[[say Three]] third", chat=chat, shown=shown_on(page))

        assert articles_in(response.content) == ["[[say Two]] second", "Two", "[[say Three]] third", ""]
        assert [message.text for message in chat.path()][2] == "[[say Two]] second"
        alice.follows(alice.latest_reply())

    def test_a_page_that_has_all_gets_no_more_than_before(self, alice, chat):
        page = alice.looks_at(chat)
        response = alice.sends_with_htmx("[[say Two]] second", chat=chat, shown=shown_on(page))

        assert articles_in(response.content) == ["[[say Two]] second", ""]
        assert not re.search("New messages", response.content.decode())
        alice.follows(alice.latest_reply())

    def test_a_page_of_another_version_drops_it(self, alice, chat):
        page = alice.looks_at(chat)
        before = alice.latest_reply()
        alice.client.post(f"/replies/{before.id}/retry/")
        alice.follows(alice.latest_reply())
        response = alice.sends_with_htmx("[[say Two]] second", chat=chat, shown=shown_on(page))

        assert partials_in(response.content)[f"#answer-{before.id}"] == "delete"
        assert articles_in(response.content) == ["One", "[[say Two]] second", ""]
        alice.follows(alice.latest_reply())
