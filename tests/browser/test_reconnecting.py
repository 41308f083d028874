"""Tabs are closed and lines are cut while an answer runs: it is there in the end, each word once."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.background_tabs import Streams
from tests.browser.chat_page import Answer, Chat
from tests.browser.conftest import PATIENCE_MS
from tests.browser.paused_answers import answers_and_pauses, answers_in_parts
from tests.browser.relay import Line
from tests.standin.prose import markdown_document

SAID_BY_THE_BROWSER = "net::ERR_|Failed to fetch|htmx:(sse:)?error"  # on the console, when a line breaks


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
    chat.watch.expects(SAID_BY_THE_BROWSER)
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


@pytest.fixture
def line(site) -> Iterator[Line]:
    with Line(site.port) as line:
        yield line


@pytest.fixture
def far_away(opens, person, line) -> Chat:
    """Somebody whose line to the site can be cut."""
    chat: Chat = opens(base_url=line.url)
    chat.watch.expects(SAID_BY_THE_BROWSER)
    chat.is_signed_in(person)
    chat.visits("/")
    return chat


@pytest.mark.parametrize(
    ("text", "rate"), [(" ".join(numbers(150)), 50), (markdown_document(6), 400)], ids=["words", "blocks"]
)
def test_nothing_is_lost_or_doubled_on_a_broken_line(far_away, line, text, rate):
    quarter = len(text) // 4
    parts = [text[:quarter], text[quarter : 2 * quarter], text[2 * quarter : 3 * quarter], text[3 * quarter :]]
    more = answers_in_parts(far_away.standin, *parts, rate=rate)
    answer = far_away.asks("Something long, please.")
    answer.wait_for_state("streaming")
    for may_come in more:
        seen = answer.text
        line.cut()
        may_come.set()
        wait_for_more(answer, seen)
    answer.wait_for_state("complete")

    assert far_away.in_another_tab().looks_like(far_away)
    if text.startswith("1 2"):
        assert answer.text.split() == numbers(150)
    assert len(far_away.requests_at_openrouter) == 1


def test_a_site_that_is_away_is_waited_for(far_away, line):
    may_end = answers_and_pauses(far_away.standin, " ".join(numbers(100)), rate=50)
    answer = far_away.asks("Count, please.")
    answer.wait_for_text("1 2 3")
    line.is_up = False
    line.cut()
    expect(far_away.page.get_by_text("Reconnecting…")).to_be_visible()
    line.is_up = True
    may_end.set()

    answer.wait_for_state("complete")
    assert answer.text.split() == numbers(100)
    expect(far_away.page.get_by_text("Reconnecting…")).to_be_hidden()
    assert len(far_away.requests_at_openrouter) == 1


def wait_for_more(answer: Answer, seen: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_MS / 1000
    while answer.text == seen:
        assert time.monotonic() < give_up_at, "waited in vain"
