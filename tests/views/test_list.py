"""The list beside the page: which chats are being answered, and which have something new."""

from chat.conversations.models import Conversation
from tests.person import HTMX, Page


def marks(alice, current: Conversation | None = None) -> list[str]:
    address = f"/chats/?current={current.id}" if current else "/chats/"
    page = Page(alice.client.get(address, headers=HTMX))
    return [str(mark["aria-label"]) for mark in page.soup.select("#chat-list [role=img]")]


def looks_again(alice) -> bool:
    return "load delay" in Page(alice.client.get("/chats/", headers=HTMX)).one("#chat-list")["hx-trigger"]


def test_a_chat_that_is_being_answered_is_marked_until_it_is(alice):
    alice.signs_in()
    alice.sends("[[mute]]")
    assert marks(alice) == ["answering"]
    assert looks_again(alice)

    alice.client.post(alice.latest_reply().cancellation_url)
    assert marks(alice) == ["new answer"]
    assert not looks_again(alice)


def test_looking_at_it_takes_the_mark_away(alice):
    alice.signs_in()
    alice.sends("[[say Hello]]")
    alice.standin.wait_for(lambda: alice.latest_reply().state == "complete")
    assert marks(alice) == ["new answer"]

    alice.looks_at(Conversation.objects.get())
    assert marks(alice) == []


def test_whoever_followed_the_answer_has_seen_it(alice):
    alice.signs_in()
    alice.sends_with_htmx("[[say Hello]]")
    alice.follows(alice.latest_reply())

    assert marks(alice) == []


def test_it_needs_no_page_of_its_own(alice):
    assert alice.client.get("/chats/").headers["Location"].startswith("/?next=")
    alice.signs_in()
    assert alice.client.get("/chats/").headers["Location"] == "/"
    assert alice.client.get("/chats/?current=nonsense", headers=HTMX).status_code == 200
