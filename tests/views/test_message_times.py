"""When a message was written stands beside it, by the reader's clock."""

from datetime import UTC, datetime, timedelta

from bs4 import BeautifulSoup
from django.conf import settings

from chat.models import Message
from tests.views.test_message_list import make_talk

MOMENT = datetime(2026, 11, 21, 22, 7, tzinfo=UTC)


def written_at(moment: datetime) -> None:
    """All answers at that moment, and the questions a minute before."""
    Message.objects.filter(role="user").update(created_at=moment - timedelta(minutes=1))
    Message.objects.filter(role="assistant").update(created_at=moment)


def times(soup, selector):
    return {(time["datetime"], time["title"], time.get_text()) for time in soup.select(f"{selector} time")}


def test_each_message_says_when_it_was_written(alice):
    alice.signs_in()
    chat = make_talk(alice.user, turns=1)
    written_at(MOMENT)

    page = alice.looks_at(chat)
    for role, time in (("user", "22:06"), ("assistant", "22:07")):
        assert times(page.soup, f"[data-role={role}] .message-tools") == {
            (f"2026-11-21T{time}:00+00:00", f"Nov. 21, 2026, {time}", f"Nov 21, {time}")
        }
    assert times(page.soup, ".facts > p")  # for those who cannot hover


def test_it_goes_by_the_readers_clock(alice):
    alice.signs_in()
    chat = make_talk(alice.user, turns=1)
    written_at(MOMENT)
    alice.client.cookies[settings.ZONE_COOKIE_NAME] = "Asia/Tokyo"

    assert times(alice.looks_at(chat).soup, "[data-role=assistant]") == {
        ("2026-11-22T07:07:00+09:00", "Nov. 22, 2026, 07:07", "Nov 22, 07:07")
    }
    del alice.client.cookies[settings.ZONE_COOKIE_NAME]
    assert "22:07" in alice.looks_at(chat).answer.select_one("time").get_text()


def test_a_stream_ends_with_the_same_time(alice):
    alice.signs_in()
    alice.client.cookies[settings.ZONE_COOKIE_NAME] = "Asia/Tokyo"
    alice.sends_with_htmx("[[say Hello]]")
    reply = alice.latest_reply()
    events = alice.follows(reply)

    soup = BeautifulSoup(events.replace("\ndata: ", "\n"), "html.parser")
    page = alice.looks_at(reply.message.conversation)
    assert times(soup, ".message-tools") == times(page.soup, "[data-role=assistant]")
    assert "+09:00" in str(times(soup, ".message-tools"))
