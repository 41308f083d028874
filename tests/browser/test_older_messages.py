"""Older messages are loaded near the top of the page, and the message being read keeps its place."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.chat_page import Chat
from tests.browser.conftest import PHONE
from tests.browser.long_chat import repeat
from tests.browser.wait import settled, until

ANSWER = "[[markdown kb=1 rate=5000]]"
# The place in the window of the message that is the first one now, noted for each frame.
WATCH_A_LINE = """
  const [message] = document.querySelectorAll("#log > article"), places = [];
  const look = () => { places.push(message.getBoundingClientRect().top); requestAnimationFrame(look); };
  look();
  window.line = { message, places };
"""


class DelayedResponses:
    """The answers to requests for more messages, which come when they are let through."""

    def __init__(self, chat: Chat) -> None:
        self.routes: list[Route] = []
        self._page = chat.page
        chat.page.route(re.compile(r"/messages/\?before="), lambda route: self.routes.append(route))

    def wait(self) -> Route:
        for _ in range(1200):
            if self.routes:
                return self.routes.pop()
            self._page.wait_for_timeout(50)
        raise AssertionError("nothing was asked for")


@pytest.fixture
def device():
    return {}


@pytest.fixture
def old_chat(arrives, site, device):
    """160 messages, of which the page shows 50 and links to the rest."""
    chat = arrives(**device)
    chat.asks(ANSWER).wait_for_state("complete")
    repeat(chat, site=site, turns=80)
    chat.page.reload()
    return chat


def messages(chat: Chat, count: int) -> None:
    expect(chat.page.locator("#log > article")).to_have_count(count)


def scroll_to(chat: Chat, top: int) -> None:
    chat.conversation.evaluate("(e, top) => e.scrollTo(0, top)", top)


def place(chat: Chat) -> float:
    """Where the watched message is in the window, once a frame has shown it."""
    script = "() => new Promise((is) => requestAnimationFrame(() => requestAnimationFrame(() => is())))"
    chat.page.evaluate(script)
    return float(chat.page.evaluate("line.message.getBoundingClientRect().top"))


@pytest.mark.parametrize(
    ("device", "keeps"),
    [({}, "auto"), ({"viewport": PHONE, "has_touch": True, "is_mobile": True}, "none")],
    ids=["the browser keeps the place", "it does not, as Safari on a phone"],
)
def test_the_message_being_read_keeps_its_place_when_older_messages_come(old_chat, keeps):
    old_chat.conversation.evaluate("(e, keeps) => e.style.overflowAnchor = keeps", keeps)
    held = DelayedResponses(old_chat)
    for top, count in ((300, 100), (8, 150), (0, 160)):
        scroll_to(old_chat, top)
        route = held.wait()
        old_chat.page.evaluate(WATCH_A_LINE)
        route.continue_()
        messages(old_chat, count)
        expect(old_chat.page.locator(".code-bar:not(:has(button))")).to_have_count(0)
        place(old_chat)
        places = old_chat.page.evaluate("line.places")
        assert max(places) - min(places) <= 1, (top, places)

    expect(old_chat.page.get_by_role("link", name="Older messages")).to_have_count(0)
    expect(old_chat.page.get_by_text("Question 2", exact=True)).to_be_attached()


def test_scrolling_goes_on_while_older_messages_come_and_an_answer_grows(old_chat):
    held = DelayedResponses(old_chat)
    old_chat.asks("[[markdown kb=20 rate=100]]").wait_for_text("Part 1")
    old_chat.conversation.hover()
    old_chat.page.mouse.wheel(0, -100)
    scroll_to(old_chat, 900)
    old_chat.page.evaluate(WATCH_A_LINE)
    start = settled(old_chat, lambda: place(old_chat))
    for _ in range(10):
        old_chat.page.mouse.wheel(0, -40)
    held.wait().continue_()
    for _ in range(10):
        old_chat.page.mouse.wheel(0, -40)
    messages(old_chat, 102)
    for _ in range(10):
        old_chat.page.mouse.wheel(0, -40)

    assert old_chat.answer.state == "streaming"
    until(old_chat, lambda: abs(place(old_chat) - start - 30 * 40) <= 1)


def test_a_failed_load_can_be_repeated_and_the_focus_moves_to_the_next_link(old_chat):
    old_chat.page_errors.expects("status of 500|htmx:")
    old_chat.page.route(re.compile(r"/messages/\?before="), lambda route: route.fulfill(status=500), times=1)
    with old_chat.page.expect_response(re.compile(r"/messages/\?before=")):
        scroll_to(old_chat, 300)
    link = old_chat.page.get_by_role("link", name="Older messages")
    link.focus()
    old_chat.page.keyboard.press("Enter")
    messages(old_chat, 100)

    expect(link).to_be_focused()
    expect(old_chat.answers.first.get_by_role("button", name="Copy", exact=True).first).to_be_attached()


def test_a_link_leads_from_an_old_message_to_the_end(old_chat):
    scroll_to(old_chat, 0)
    messages(old_chat, 100)
    old = old_chat.questions.first.get_attribute("id")
    tab = old_chat.in_another_tab(f"{old_chat.page.url}?around={old.removeprefix('message-')}#{old}")
    messages(tab, 50)
    expect(tab.page.locator(f"#{old}")).to_be_in_viewport()
    tab.page.evaluate("document.querySelector('#newer').scrollIntoView()")
    messages(tab, 100)
    expect(tab.page.get_by_role("link", name="Newer messages")).to_be_attached()  # it is not led on by itself
    tab.page.get_by_role("button", name="Scroll to bottom").click()
    expect(tab.answers.last.get_by_role("link", name="More")).to_be_in_viewport()
    expect(tab.page.get_by_text("Question 80", exact=True)).to_be_attached()
    expect(tab.page.get_by_role("link", name="Newer messages")).to_have_count(0)


def test_asking_after_reading_far_back_removes_old_messages_from_the_page(old_chat):
    for count in (100, 150, 160):
        scroll_to(old_chat, 0)
        messages(old_chat, count)
    old_chat.writes("[[say The end]]")
    old_chat.send.click()

    messages(old_chat, 52)
    expect(old_chat.answers.last).to_contain_text("The end")
    expect(old_chat.questions.last).to_be_in_viewport()
    scroll_to(old_chat, 0)
    messages(old_chat, 102)
    expect(old_chat.page.get_by_text("Question 31", exact=True)).to_have_count(1)
