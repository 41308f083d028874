"""The list beside the page: which chats are being answered, and which have something new."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Conversation, User
from tests.django_client import HTMX, Page


def looks(alice, current: Conversation | None = None, **query: Any) -> Page:
    """What the list gets that looks again, on the page of a chat or of a new one."""
    path = current.get_absolute_url() if current else "/"
    here = {**HTMX, "HX-Current-URL": f"http://localhost{path}"}
    return Page(alice.client.get("/chats/", query, headers=here))


def marks(alice, current: Conversation | None = None) -> list[str]:
    page = looks(alice, current)
    return [str(mark["aria-label"]) for mark in page.soup.select("#chat-list [role=img]")]


def looks_again(alice) -> bool:
    return "every 4s" in looks(alice).one("#chat-list")["hx-trigger"]


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


def test_only_the_signed_in_have_one(alice):
    assert alice.client.get("/chats/").headers["Location"].startswith("/?next=")


def has_chats(user: User, count: int, **fields: Any) -> list[Conversation]:
    """Chats that were last written in minute by minute, the latest first."""
    now = timezone.now().replace(hour=12) - timedelta(days=400)
    times = [now - timedelta(minutes=number) for number in range(count)]
    return Conversation.objects.bulk_create(
        Conversation(user=user, title=f"Chat {number}", model="x/y", **{"updated_at": at, **fields})
        for number, at in enumerate(times)
    )


def titles(page: Page) -> list[str]:
    return [title.get_text() for title in page.soup.select(".chat .title")]


def test_the_rest_comes_page_by_page_and_a_look_keeps_the_pages(alice):
    alice.signs_in()
    has_chats(alice.user, 90)
    pages = [looks(alice)]
    while more := pages[-1].soup.select("#older-chats a"):
        pages.append(Page(alice.client.get(more[0]["hx-get"], headers=HTMX)))

    assert [title for page in pages for title in titles(page)] == [f"Chat {number}" for number in range(90)]
    assert [len(page.soup.select(".day:not(#today)")) for page in pages] == [1, 0, 0], "a day has one heading"
    again = looks(alice, page=["1", "1"])
    assert len(titles(again)) == 80
    assert len(again.soup.select("[name=page]")) == 2


def test_without_a_script_the_rest_is_a_link_away(alice):
    alice.signs_in()
    has_chats(alice.user, 50)
    page = Page(alice.client.get("/chats/"))
    page = Page(alice.client.get(page.one("#older-chats a")["href"]))

    assert titles(page) == [f"Chat {number}" for number in range(40, 50)]
    for lie in ("u1-2", "x", "p99999999999999999-" + "0" * 32, "\0"):
        assert alice.client.get("/chats/", {"after": lie}).status_code == 200


def test_chats_that_were_pinned_stand_first_on_all_pages(alice):
    alice.signs_in()
    older, newer = has_chats(alice.user, 50)[-2:]
    for chat in (older, newer):
        alice.client.post(f"/chats/{chat.id}/pin/", {"pinned": "1"})
    has_chats(alice.user, 45, pinned_at=timezone.now() - timedelta(days=1))
    page = looks(alice)
    rest = Page(alice.client.get(page.one("#older-chats a")["hx-get"], headers=HTMX))

    assert titles(page)[:2] == [newer.title, older.title]
    assert page.one(".day:not(#today)").get_text() == "Pinned"
    assert titles(rest)[7] == "Chat 0"
    assert "Pinned" not in rest.html

    alice.client.post(f"/chats/{newer.id}/pin/", {"pinned": ""})
    assert titles(looks(alice))[0] == older.title


@pytest.mark.parametrize(
    ("hours", "zone", "heading"),
    [
        (1, "", "Today"),
        (13, "", "Yesterday"),
        (10, "", "Today"),
        (10, "America/New_York", "Yesterday"),
        (1, "Pacific/Kiritimati", "Today"),
        (7 * 24, "", "Previous 7 days"),
        (30 * 24, "", "Previous 30 days"),
        (31 * 24, "", "February"),
        (99 * 24, "", "December 2025"),
        (13, "Europe", "Yesterday"),
        (13, "../../etc/passwd", "Yesterday"),
    ],
)
def test_days_are_those_of_the_reader(alice, monkeypatch, settings, hours, zone, heading):
    now = datetime(2026, 3, 15, 12, tzinfo=UTC)
    alice.signs_in()
    alice.client.cookies[settings.ZONE_COOKIE_NAME] = zone
    monkeypatch.setattr(timezone, "now", lambda: now)
    has_chats(alice.user, 1, updated_at=now - timedelta(hours=hours))
    found = looks(alice).one(".chat").find_previous("h2")

    assert found.get_text() == heading


def test_it_takes_as_many_queries_for_sixty_rows_as_for_twenty(alice):
    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            looks(alice, page=["1", "1"])
        return len(context)

    alice.signs_in()
    alice.asks("[[say Hello]]")
    has_chats(alice.user, 19)
    few = queries()
    has_chats(alice.user, 40)

    assert queries() == few


def test_a_new_chat_stands_below_today(alice):
    alice.signs_in()
    page = Page(alice.client.get("/"))
    sent = Page(alice.sends_with_htmx("[[say Hello]]"))

    assert page.one("#today + .no-chats")
    assert sent.one('hx-partial[hx-target="#today"] .chat')


def test_whoever_watched_an_answer_elsewhere_learns_how_it_ended(alice, bob):
    alice.signs_in()
    alice.sends("[[mute]]")
    reply = alice.latest_reply()
    (watched,) = looks(alice).soup.select("[name=was]")
    assert not looks(alice, was=watched["value"]).soup.select(".toast"), "it is not over"

    alice.client.post(reply.cancellation_url)
    toast = looks(alice, was=[watched["value"], "nonsense"]).one(".toast")
    assert toast["href"] == reply.message.conversation.get_absolute_url()
    assert "Answer stopped" in toast.get_text()
    bob.signs_in()
    assert not looks(bob, was=watched["value"]).soup.select(".toast"), "nobody else's"
