"""/chats/<id>/ and /chats/<id>/messages/: which messages a page shows, and those above and below them."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Conversation, Message, Reply
from tests.django_client import HTMX, Page


@pytest.fixture
def long_talk(alice) -> Conversation:
    alice.signs_in()
    return make_talk(alice.user, turns=60)


def make_talk(user, *, turns: int) -> Conversation:
    """Questions "Q0", "Q1", … with the answers "A0", "A1", …"""
    chat = Conversation.objects.create(user=user, title="A long talk", model=settings.DEFAULT_MODEL)
    begun_at = timezone.now() - timedelta(days=1)
    messages: list[Message] = []
    replies: list[Reply] = []
    for number in range(turns):
        for role, letter in (("user", "Q"), ("assistant", "A")):
            parent = messages[-1] if messages else None
            moment = begun_at + timedelta(seconds=len(messages))
            text = f"{letter}{number}"
            messages.append(Message(conversation=chat, parent=parent, role=role, text=text, created_at=moment))
        blocks = [["text", f"<p>A{number}</p>\n"]]
        answer = {"message": messages[-1], "state": "complete", "blocks": blocks, "finished_at": begun_at}
        replies.append(Reply(model=settings.DEFAULT_MODEL, max_completion_tokens=100, **answer))
    Message.objects.bulk_create(messages)
    Reply.objects.bulk_create(replies)
    return chat


def said(html: str) -> list[str]:
    soup = BeautifulSoup(html, "html.parser")
    return [part.get_text().strip() for part in soup.select('article > .text, [id^="done-"]')]


def fragment(person, chat, **query):
    return person.client.get(f"/chats/{chat.id}/messages/", query, headers=HTMX).content.decode()


def named(text: str) -> Message:
    return Message.objects.get(text=text)


def test_a_page_shows_the_last_fifty(alice, long_talk):
    page = alice.looks_at(long_talk)

    assert said(page.html) == [f"{letter}{number}" for number in range(35, 60) for letter in "QA"]
    assert page.one("#older")["href"].endswith(f"?around={named('Q35').id}")
    assert not page.soup.select("#newer")


def test_older_ones_come_fifty_at_a_time_to_the_first(alice, long_talk):
    html = fragment(alice, long_talk, before=named("Q35").id)
    assert (said(html)[0], said(html)[-1]) == ("Q10", "A34")
    assert f"before={named('Q10').id}" in html
    assert 'id="newer"' not in html

    html = fragment(alice, long_talk, before=named("Q10").id)
    assert (said(html)[0], said(html)[-1]) == ("Q0", "A9")
    assert 'id="older"' not in html


def test_an_answer_is_offered_below_the_last_question_alone(alice, long_talk):
    named("A59").delete()
    assert "Get an answer" in alice.looks_at(long_talk).html

    html = fragment(alice, long_talk, before=named("A34").id)

    assert said(html)[-1] == "Q34"
    assert "Get an answer" not in html


def test_a_page_around_an_old_message_has_a_way_to_both_sides(alice, long_talk):
    page = alice.looks_at(long_talk, around=named("A20").id)

    assert "A20" in said(page.html)
    assert len(said(page.html)) == 50
    assert said(fragment(alice, long_talk, after=named(said(page.html)[-1]).id))[0] == "Q33"
    assert page.one('[name="elsewhere"]')


def test_what_is_sent_from_there_leads_to_the_end(alice, long_talk):
    sent = alice.sends_with_htmx("[[say More]]", chat=long_talk, elsewhere="1")

    assert sent.headers["HX-Redirect"] == long_talk.get_absolute_url()
    assert Message.objects.get(text="[[say More]]").parent == named("A59")


def test_a_long_talk_takes_as_many_queries_as_a_short_one(alice, long_talk):
    short = make_talk(alice.user, turns=10)
    counts = []
    for chat in (short, long_talk):
        alice.looks_at(chat)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            alice.looks_at(chat)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_nonsense_in_the_address_shows_the_end(alice, long_talk):
    for query in ({"around": "x"}, {"branch": "x\0"}, {"branch": str(long_talk.id), "around": str(long_talk.id)}):
        assert said(alice.looks_at(long_talk, **query).html)[-1] == "A59"


@pytest.mark.parametrize("query", ["", "?before=x", "?before={}"])
def test_without_htmx_or_sense_it_leads_to_the_page(alice, long_talk, query):
    response = alice.client.get(f"/chats/{long_talk.id}/messages/{query.format(long_talk.id)}")

    assert response.headers["Location"] == long_talk.get_absolute_url()


def test_it_is_not_there_for_others(bob, long_talk):
    bob.signs_in()

    assert bob.client.get(f"/chats/{long_talk.id}/messages/?before={long_talk.id}", headers=HTMX).status_code == 404


class TestBranches:
    @pytest.fixture
    def chat(self, alice) -> Conversation:
        """One question with two answers, the first of which was followed up."""
        alice.signs_in()
        alice.asks("[[say One]]")
        first = alice.latest_reply()
        alice.asks("[[say More of one]]", chat=first.message.conversation)
        alice.client.post(f"/replies/{first.id}/retry/")
        alice.follows(alice.latest_reply())
        return first.message.conversation

    def test_the_address_says_which_is_shown(self, alice, chat):
        newest = alice.looks_at(chat)
        assert said(newest.html) == ["[[say One]]", "One"]
        link = newest.one('.pager a[aria-label="Previous version"]')["href"]
        address, _, anchor = str(link).partition("#")

        older = Page(alice.client.get(address))
        assert said(older.html) == ["[[say One]]", "One", "[[say More of one]]", "More of one"]
        assert older.one(f"#{anchor} .pager").get_text().split()[-3:] == ["1", "/", "2"]

    def test_what_is_said_on_one_stays_there(self, alice, chat):
        first = Message.objects.filter(text="One").earliest("created_at")
        page = alice.looks_at(chat, branch=first.id)
        assert page.one('input[name="branch"]')["value"] == str(first.id)

        alice.asks("[[say Still more]]", chat=chat, branch=str(first.id))
        asked = Message.objects.get(text="[[say Still more]]")
        assert asked.parent.text == "More of one"
        assert said(alice.looks_at(chat).html)[-1] == "Still more"  # and is what is newest now

    def test_older_messages_are_those_of_the_branch(self, alice, chat):
        first = Message.objects.filter(text="One").earliest("created_at")
        last = Message.objects.get(text="More of one")
        html = fragment(alice, chat, before=last.id, branch=first.id)

        assert said(html) == ["[[say One]]", "One", "[[say More of one]]"]
        assert re.search(r"1 / 2", html)


def test_below_an_answer_stands_what_it_took(alice, long_talk):
    Reply.objects.update(provider="A house", prompt_tokens=12_345, cached_tokens=1_024, completion_tokens=1)
    facts = alice.looks_at(long_talk).soup.select(".facts p")
    facts[-1].select_one(".when").extract()

    assert " ".join(facts[-1].get_text().split()) == "A house 12,345 input tokens (1,024 cached) 1 output token"
