"""A page that says why something was not done. It is at the address of a POST, which cannot be opened again."""

from collections.abc import Callable
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from chat.models import Conversation, Message, Reply
from chat.new_replies import running_replies
from tests.django_client import Page, Person
from tests.new_replies.test_side_by_side import HAIKU, compares

REFRESH = 'meta[http-equiv="refresh"]'


@pytest.fixture
def alice(alice) -> Person:
    alice.signs_in()
    return alice


@pytest.fixture
def running(alice) -> Reply:
    """An answer that is being written, after one that has ended."""
    alice.asks("[[say One]]")
    alice.sends("[[mute]]", chat=Conversation.objects.get())
    return alice.latest_reply()


def delete(running: Reply) -> str:
    return f"/messages/{running.message_id}/deletion/"


def regenerate(running: Reply) -> str:
    return f"/replies/{Reply.objects.exclude(pk=running.pk).get().pk}/retry/"


@pytest.mark.parametrize("address", [delete, regenerate])
def test_it_does_not_reload_itself(alice, running, address: Callable[[Reply], str]):
    response = alice.client.post(address(running))

    assert response.status_code == 422
    assert Page(response).composer_error
    assert not Page(response).soup.select(REFRESH)


def test_a_message_that_is_given_back_stays_on_it(alice, running):
    page = Page(alice.sends("Long and dear", chat=Conversation.objects.get()))

    assert page.one("#text").get_text().strip() == "Long and dear"
    assert not page.soup.select(REFRESH)


def test_nor_does_a_page_reload_itself_that_has_a_text_from_before_the_sign_in(alice, running):
    alice.client.post("/signout/")
    chat = Conversation.objects.get()
    alice.sends("Long and dear", chat=chat)
    alice.signs_in()
    page = alice.looks_at(chat)

    assert page.one("#text").get_text().strip() == "Long and dear"
    assert not page.soup.select(REFRESH)
    assert alice.looks_at(chat).soup.select(REFRESH)


def test_its_links_lead_to_pages(alice, monkeypatch):
    alice.asks("[[say One]]")
    chat, first = Conversation.objects.get(), Message.objects.get(role="user")
    alice.client.post(f"/messages/{first.id}/edit/", {"text": "[[say Two]]", "then": "ask"})
    alice.follows(alice.latest_reply())
    compares(alice, "[[say Both]]", HAIKU, chat=chat)
    monkeypatch.setattr(running_replies, "MAX_RUNNING_REPLIES", 0)
    address = f"/replies/{alice.latest_reply().id}/retry/"
    response = alice.client.post(address)
    assert response.status_code == 422

    page = Page(response)
    links = [str(link["href"]) for link in page.soup.select("#conversation a[href^='/'], #conversation a[href^='?']")]
    assert any("branch=" in link for link in links)
    assert page.soup.select(".pager a")
    assert page.soup.select(".go-on a")
    sidebar_button = urlsplit(str(page.one(".sidebar-button")["formaction"]))
    for link in [*links, *parse_qs(sidebar_button.query)["next"]]:
        assert alice.client.get(urljoin(address, link)).status_code == 200, link


def test_a_message_that_is_given_back_stays_on_its_branch(alice):
    alice.asks("[[say One]]")
    chat, first = Conversation.objects.get(), Message.objects.get(role="user")
    answer = Message.objects.get(role="assistant")
    alice.client.post(f"/messages/{first.id}/edit/", {"text": "[[say Two]]", "then": "ask"})
    alice.follows(alice.latest_reply())
    page = Page(alice.sends("x" * 500_000, chat=chat, branch=answer.id))

    assert page.status == 422
    assert page.one('input[name="branch"]')["value"] == str(answer.id)
    assert page.one("chat-composer")["data-page"] == f"{chat.get_absolute_url()}?branch={answer.id}"
    assert "One" in page.text

    alice.client.post("/signout/")
    response = alice.sends("Long and dear", chat=chat, branch=answer.id)
    assert parse_qs(urlsplit(response["location"]).query)["next"] == [f"{chat.get_absolute_url()}?branch={answer.id}"]
