"""Answers that come in odd pieces, from the wire to the page."""

from chat.models import Reply
from tests.django_client import Page


def thoughts(page: Page) -> str:
    return page.answer.select_one('[id^="reasoning-"]').get_text()


def test_an_event_that_cannot_be_read_costs_nothing_but_itself(alice, caplog):
    page = alice.asks("[[tokens n=20]] [[garbage]]")

    assert (page.state, page.text.split()) == ("complete", [str(number) for number in range(1, 21)])
    (warning,) = [record.getMessage() for record in caplog.records if "could not be read" in record.getMessage()]
    assert warning.startswith("1 events of gen-")
    assert "choices" not in warning


def test_where_nothing_can_be_read_that_is_said(alice):
    page = alice.asks("[[garbage only]]")

    assert page.state == "interrupted"
    assert page.error.endswith("couldn't be read.")
    assert page.action("Retry")


def test_an_emoji_in_two_halves_is_one(alice):
    page = alice.asks("[[say Hooray for us]] [[halves after=2]]")

    assert page.text == Reply.objects.get().message.text == "Hooray for🎉  us"


def test_content_in_parts_is_shown(alice):
    page = alice.asks("[[say One two]] [[parts after=1]]")

    assert "This came in parts." in page.text
    assert page.answer.select("[id^=done-] img")


def test_thinking_in_the_text_is_thinking(alice):
    page = alice.asks("[[say Hello]] [[think]]")
    reply = Reply.objects.get()

    assert (page.state, page.text, reply.message.text) == ("complete", "Hello", "Hello")
    assert thoughts(page).strip().startswith("Let me think about this.")
    assert "think>" not in page.answer.get_text() + reply.reasoning

    alice.asks("And now?", chat=reply.message.conversation)
    assert "think" not in str(alice.standin.chat_requests[-1].body["messages"][:2][1])


def test_thinking_that_never_ends_is_no_answer(alice):
    page = alice.asks("[[think open]]")

    assert page.state == "failed"
    assert "finished without an answer" in page.error
    assert thoughts(page).startswith("Let me think about this.")


def test_an_image_that_comes_twice_is_shown_and_resent_once(alice):
    page = alice.asks("[[image n=2 again]]")
    assert len(page.answer.select("[id^=done-] img")) == 2

    alice.asks("And now?", chat=Reply.objects.get().message.conversation)
    assert len(alice.standin.chat_requests[-1].body["messages"][1]["images"]) == 2
