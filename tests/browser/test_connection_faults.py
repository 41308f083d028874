"""Connections that break, hang or are answered by a proxy: in the end the page shows what a fresh load shows."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.background_tabs import HIDE, Streams, hide, show
from tests.browser.chat_page import Chat
from tests.browser.conftest import PHONE
from tests.browser.paused_answers import answers_and_pauses
from tests.browser.wait import until
from tests.standin.marks.content import THOUGHT
from tests.standin.prose import markdown_document

NGINX_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
HTML = b"Content-Type: text/html\r\nConnection: close\r\n\r\n" + NGINX_PAGE
IN_BETWEEN = {
    "refusals": [
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\n" + HTML,
    ],
    "a page, as if all was well": [b"HTTP/1.1 200 OK\r\n" + HTML],
}
# In each frame: a finished block stays where it is, and is not at the same time the open one.
WATCH_FRAMES = """
  window.faults = [];
  let before = [];
  const look = () => {
    const [done, tail] = ["done-", "tail-"].map((id) => [...document.querySelectorAll(`[id^="${id}"]`)].at(-1));
    const blocks = [...(done?.children ?? [])];
    if (before.some((block, index) => block !== blocks[index])) window.faults.push("a finished block is another one");
    const last = blocks.at(-1)?.textContent.trim(), open = tail?.firstElementChild?.textContent.trim();
    if (open?.length > 10 && last?.startsWith(open)) window.faults.push(`twice: ${last}`);
    before = blocks;
    requestAnimationFrame(look);
  };
  look();
"""


def same_as_a_fresh_load(chat: Chat) -> bool:
    return chat.in_another_tab().looks_like(chat) and len(chat.requests_at_openrouter) == 1


def test_an_answer_is_complete_on_a_connection_that_breaks_every_second(relayed_chat, relay):
    may_end = answers_and_pauses(relayed_chat.standin, markdown_document(8), rate=260, thoughts=THOUGHT)
    answer = relayed_chat.asks("A document, please.")
    answer.wait_for_state("streaming")
    relayed_chat.page.evaluate(WATCH_FRAMES)
    for _ in range(7):
        relay.disconnect()
        relayed_chat.page.wait_for_timeout(1000)
    may_end.set()
    answer.wait_for_state("complete")

    assert relayed_chat.page.evaluate("window.faults") == []
    assert same_as_a_fresh_load(relayed_chat)


@pytest.mark.parametrize("between", IN_BETWEEN.values(), ids=IN_BETWEEN.keys())
def test_error_pages_of_a_proxy_are_not_taken_for_the_answer(relayed_chat, relay, between):
    relayed_chat.page_errors.expects("status of 50[23]|Failed to load resource")
    may_end = answers_and_pauses(relayed_chat.standin, markdown_document(3), rate=600)
    answer = relayed_chat.asks("A document, please.")
    answer.wait_for_text("Part 1")
    relay.instead = list(between)
    relay.disconnect()
    until(relayed_chat, lambda: len(relay.answered_instead) > 2)
    relay.instead = []
    may_end.set()
    answer.wait_for_state("complete")

    _, second, third = relay.answered_instead[:3]
    assert third - second > 0.69  # it asks less and less often
    assert same_as_a_fresh_load(relayed_chat)


def test_an_error_page_instead_of_the_first_stream_is_not_taken_for_the_answer(chat):
    chat.page_errors.expects("status of 502|htmx:")
    may_end = answers_and_pauses(chat.standin, markdown_document(3), rate=600)
    chat.asks("A document, please.").wait_for_text("Part 1")
    chat.page.route(
        "**/stream/**", lambda route: route.fulfill(status=502, content_type="text/html", body="<p>nginx</p>"), times=2
    )
    streams = Streams(chat.page)
    chat.page.reload()
    until(chat, lambda: streams.opened == 3)
    may_end.set()
    chat.answer.wait_for_state("complete")

    assert streams.opened == 3
    assert same_as_a_fresh_load(chat)


def test_a_silent_connection_is_replaced(relayed_chat, relay):
    relayed_chat.page.clock.install()
    may_end = answers_and_pauses(relayed_chat.standin, markdown_document(3), rate=600)
    answer = relayed_chat.asks("A document, please.")
    answer.wait_for_text("Part 1")
    relay.fall_silent()
    may_end.set()
    relayed_chat.page.clock.fast_forward(45_000)

    def is_over_some_seconds_later() -> bool:  # connections that Chromium kept for later are dead as well
        relayed_chat.page.clock.fast_forward(10_500)
        relayed_chat.page.wait_for_timeout(500)
        return answer.state == "complete"

    until(relayed_chat, is_over_some_seconds_later)

    assert same_as_a_fresh_load(relayed_chat)


def test_the_page_reconnects_when_the_network_is_back(relayed_chat, relay):
    streams = Streams(relayed_chat.page)
    relayed_chat.page.clock.install()
    may_end = answers_and_pauses(relayed_chat.standin, markdown_document(3), rate=600)
    answer = relayed_chat.asks("A document, please.")
    answer.wait_for_text("Part 1")
    relayed_chat.browser.set_offline(True)
    relay.disconnect()
    until(relayed_chat, lambda: streams.opened == streams.closed > 2)
    relayed_chat.page.clock.pause_at(2_000_000_000)  # what is left of a pause would last for ever
    tries = streams.opened
    relayed_chat.browser.set_offline(False)
    until(relayed_chat, lambda: streams.opened > tries)
    relayed_chat.page.clock.resume()
    may_end.set()
    answer.wait_for_state("complete")

    assert same_as_a_fresh_load(relayed_chat)


def test_a_hidden_tab_closes_its_connection_and_catches_up_later(chat):
    streams = Streams(chat.page)
    may_end = answers_and_pauses(chat.standin, markdown_document(3), rate=600)
    answer = chat.asks("A document, please.")
    answer.wait_for_text("Part 1")
    hide(chat.page)
    until(chat, lambda: streams.open == 0)
    seen = answer.text
    may_end.set()
    back = chat.in_another_tab("/")
    expect(marks(back, "new answer")).to_be_visible()
    assert (answer.text, streams.opened) == (seen, 1)
    show(chat.page)
    answer.wait_for_state("complete")

    expect(marks(chat.in_another_tab("/"), "new answer")).to_have_count(0)
    assert same_as_a_fresh_load(chat)


def test_a_tab_opened_in_the_background_opens_no_connection(chat):
    chat.asks("[[tokens n=40]] [[mute after=20]]").wait_for_text("1 2 3")
    hidden = Chat(chat.browser.new_page(), standin=chat.standin, page_errors=chat.page_errors)
    streams = Streams(hidden.page)
    hidden.page.add_init_script(HIDE)
    hidden.visits(chat.page.url)
    until(hidden, lambda: bool(streams.opened) and streams.open == 0)
    chat.stop.click()
    chat.answer.wait_for_state("stopped")
    assert streams.opened == 1
    show(hidden.page)
    hidden.answer.wait_for_state("stopped")

    assert hidden.answer.text == chat.answer.text


def test_six_windows_leave_a_connection_for_a_seventh(chat):
    """Over HTTP/1.1 a browser has six connections to a site, and each stream needs one."""
    chat.asks("[[tokens n=40]] [[mute after=20]]").wait_for_text("1 2 3")
    windows = [chat, *(chat.in_another_tab() for _ in range(5))]
    for window in windows:
        window.answer.wait_for_text("1 2 3")
    seventh = chat.in_another_tab("/")
    seventh.asks("[[say Here I am.]]").wait_for_text("Here I am.")
    assert chat.answer.state == "streaming"
    chat.stop.click()
    for window in windows:
        window.answer.wait_for_state("stopped")
        expect(window.page.get_by_text("Reconnecting…")).to_be_hidden()

    assert len({window.answer.text for window in windows}) == 1
    assert len(chat.requests_at_openrouter) == 2


def test_another_device_sees_what_is_running_and_what_is_new(chat, arrives):
    answer = chat.asks("[[tokens n=40]] [[mute after=20]]")
    answer.wait_for_text("1 2 3")
    address = chat.page.url
    phone = arrives(viewport=PHONE, has_touch=True)
    phone.page.get_by_role("button", name="Chats").click()
    expect(marks(phone, "answering")).to_be_visible()
    chat.page.close()
    phone.visits(address)
    phone.stop.click()
    phone.answer.wait_for_state("stopped")
    assert phone.answer.text.split() == [str(number) for number in range(1, 21)]


def test_a_tab_that_comes_back_updates_its_list(chat):
    other = chat.in_another_tab()
    hide(other.page)
    chat.asks("[[tokens n=40]] [[mute after=20]]").wait_for_text("1 2 3")
    show(other.page)
    expect(marks(other, "answering")).to_be_visible()
    chat.stop.click()

    expect(marks(other, "answering")).to_have_count(0)


def marks(chat: Chat, name: str) -> Locator:
    return chat.page.get_by_role("navigation", name="Chats").get_by_role("img", name=name)
