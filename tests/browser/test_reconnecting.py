"""Tabs and connections are closed while an answer runs: in the end it is complete, with each word once."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.background_tabs import Streams
from tests.browser.chat_page import Answer
from tests.browser.conftest import PATIENCE_MS
from tests.browser.paused_answers import answers_and_pauses, answers_in_parts
from tests.browser.relay import CONNECTION_MESSAGES
from tests.standin.prose import markdown_document


def numbers(up_to: int) -> list[str]:
    return [str(number) for number in range(1, up_to + 1)]


def test_a_closed_tab_stops_nothing(chat):
    chat.asks("[[tokens n=60 rate=60]]").wait_for_text("1 2 3")
    address = chat.page.url
    chat.page.close()

    back = chat.in_another_tab(address)

    back.answer.wait_for_state("complete")
    assert back.answer.text.split() == numbers(60)
    assert len(chat.requests_at_openrouter) == 1


def test_a_tab_closed_at_once_still_gets_its_answer(chat):
    (may_begin,) = answers_in_parts(chat.standin, "", "All of it.")
    chat.asks("Are you there?")
    address = chat.page.url
    chat.page.close()
    may_begin.set()  # though nobody reads
    back = chat.in_another_tab(address)

    back.answer.wait_for_state("complete")
    assert back.answer.text == "All of it."
    assert len(chat.requests_at_openrouter) == 1


def test_a_stream_that_could_not_be_opened_is_tried_again(chat):
    may_end = answers_and_pauses(chat.standin, "One two three.")
    chat.asks("Count.").wait_for_text("One")
    chat.page.route("**/stream/**", lambda route: route.abort(), times=1)
    chat.page_errors.expects(CONNECTION_MESSAGES)
    with chat.page.expect_event("requestfailed"):
        chat.page.reload()
    may_end.set()

    chat.answer.wait_for_state("complete")
    assert chat.answer.text == "One two three."
    assert len(chat.requests_at_openrouter) == 1


def test_a_message_and_its_answer_take_one_connection(chat):
    streams = Streams(chat.page)
    chat.asks("[[tokens n=20]]").wait_for_state("complete")
    chat.asks("[[tokens n=30]]").wait_for_state("complete")

    assert chat.answer.text.split() == numbers(30)
    assert streams.opened == 2
    assert len(chat.requests_at_openrouter) == 2
    assert chat.looks_like(chat.in_another_tab())


@pytest.mark.parametrize(
    ("text", "rate"), [(" ".join(numbers(150)), 50), (markdown_document(6), 400)], ids=["words", "blocks"]
)
def test_no_word_is_lost_or_doubled_when_the_connection_breaks(relayed_chat, relay, text, rate):
    quarter = len(text) // 4
    parts = [text[:quarter], text[quarter : 2 * quarter], text[2 * quarter : 3 * quarter], text[3 * quarter :]]
    more = answers_in_parts(relayed_chat.standin, *parts, rate=rate)
    answer = relayed_chat.asks("Something long, please.")
    answer.wait_for_state("streaming")
    for may_come in more:
        seen = answer.text
        relay.disconnect()
        may_come.set()
        wait_for_more(answer, seen)
    answer.wait_for_state("complete")

    assert relayed_chat.in_another_tab().looks_like(relayed_chat)
    if text.startswith("1 2"):
        assert answer.text.split() == numbers(150)
    assert len(relayed_chat.requests_at_openrouter) == 1


def test_the_page_waits_for_a_site_that_is_down(relayed_chat, relay):
    may_end = answers_and_pauses(relayed_chat.standin, " ".join(numbers(100)), rate=50)
    answer = relayed_chat.asks("Count, please.")
    answer.wait_for_text("1 2 3")
    relay.is_up = False
    relay.disconnect()
    expect(relayed_chat.page.get_by_text("Reconnecting…")).to_be_visible()
    relay.is_up = True
    may_end.set()

    answer.wait_for_state("complete")
    assert answer.text.split() == numbers(100)
    expect(relayed_chat.page.get_by_text("Reconnecting…")).to_be_hidden()
    assert len(relayed_chat.requests_at_openrouter) == 1


def wait_for_more(answer: Answer, seen: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_MS / 1000
    while answer.text == seen:
        assert time.monotonic() < give_up_at, "waited in vain"
