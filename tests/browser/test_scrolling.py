"""A question moves to the top, and the page follows its answer until the reader scrolls away."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import Chat
from tests.browser.conftest import PHONE

LONG = "[[markdown kb=40 rate=200]]"
AT_ONCE = "[[markdown kb=10 rate=5000]]"
SHORT = "[[tokens n=30 rate=40]]"
# Where the page and its last question are, noted in each frame.
WATCH_FRAMES = """
  window.frames_seen = { tops: [], questions: [] };
  const region = document.querySelector("#conversation");
  const look = () => {
    const question = [...document.querySelectorAll("#log > [data-role='user']")].at(-1);
    frames_seen.tops.push(region.scrollTop);
    frames_seen.questions.push(question.getBoundingClientRect().top - region.getBoundingClientRect().top);
    requestAnimationFrame(look);
  };
  look();
"""


def end(chat: Chat) -> float:
    """How far the end of the messages is below the window; less than 0 where there is room below them."""
    script = (
        "e => document.querySelector('#log').getBoundingClientRect().bottom + 24 - e.getBoundingClientRect().bottom"
    )
    return float(chat.conversation.evaluate(script))


def top(chat: Chat) -> float:
    return float(chat.conversation.evaluate("e => e.scrollTop"))


def place(chat: Chat) -> float:
    """Of the last question, in the window."""
    script = "(e, question) => question.getBoundingClientRect().top - e.getBoundingClientRect().top"
    return float(chat.conversation.evaluate(script, chat.questions.last.element_handle()))


def until(chat: Chat, is_so: Callable[[], bool]) -> bool:
    """Soon: once the page has caught up with what has just been put into it."""
    for _ in range(1200):
        if is_so():
            return True
        chat.page.wait_for_timeout(50)
    return False


def is_at_the_end(chat: Chat) -> bool:
    return until(chat, lambda: -1 < end(chat) < 60)


def is_at(chat: Chat, distance: int) -> bool:
    """From the end, in pixels."""
    return until(chat, lambda: abs(end(chat) - distance) <= 1)


def more_comes(chat: Chat) -> None:
    """At least some hundred pixels."""
    height = "document.querySelector('#log').offsetHeight"
    chat.page.wait_for_function(f"height => {height} > height + 300", arg=chat.page.evaluate(height))


def stands_still(chat: Chat) -> bool:
    before = top(chat)
    chat.page.wait_for_timeout(200)
    return top(chat) == before


@pytest.fixture
def reading(chat):
    """Somebody in front of an answer that has grown beyond the window, and goes on growing."""
    chat.asks(LONG)
    assert until(chat, lambda: top(chat) > 300)
    chat.conversation.hover()
    return chat


@pytest.fixture
def to_end(reading):
    return reading.page.get_by_role("button", name="Scroll to bottom")


def test_a_question_moves_to_the_top_and_its_answer_scrolls_nothing(chat):
    chat.asks(AT_ONCE).wait_for_state("complete")
    answer = chat.asks(SHORT)
    assert until(chat, lambda: abs(place(chat) - 50) <= 1)
    chat.page.evaluate(WATCH_FRAMES)
    answer.wait_for_state("complete")
    places = chat.page.evaluate("frames_seen.questions")
    assert max(places) - min(places) <= 1
    assert end(chat) < -208

    chat.conversation.hover()
    chat.page.mouse.wheel(0, -600)
    assert until(chat, lambda: place(chat) > 600)
    chat.page.evaluate("() => new Promise((over) => requestAnimationFrame(() => requestAnimationFrame(over)))")
    chat.page.mouse.wheel(0, 3000)
    assert until(chat, lambda: abs(end(chat)) <= 1)  # the room has gone while nobody saw it
    tab = chat.in_another_tab()
    assert until(tab, lambda: abs(end(tab)) <= 1)  # where there never was any


def test_a_long_question_leaves_space_for_its_answer(chat):
    chat.asks(AT_ONCE).wait_for_state("complete")
    chat.asks("[[silence]] " + "word " * 1500).wait_for_state("waiting")
    bottom = "(e, q) => e.getBoundingClientRect().bottom - q.getBoundingClientRect().bottom"
    question = chat.questions.last.element_handle()

    assert until(chat, lambda: abs(chat.conversation.evaluate(bottom, question) - 208) <= 1)


def test_the_page_follows_a_long_answer_and_never_moves_back(reading):
    reading.page.evaluate(WATCH_FRAMES)
    for _ in range(4):
        more_comes(reading)
        assert is_at_the_end(reading)
    tops = reading.page.evaluate("frames_seen.tops")

    assert tops == sorted(tops)


# As Safari does at times: the page has moved, and the next frame is back where it was.
PUT_BACK = """
  (region) => new Promise((done) => {
    const before = region.scrollTop;
    const look = () => {
      if (region.scrollTop < before + 10) return requestAnimationFrame(look);
      region.scrollTop = before;
      done();
    };
    look();
  })
"""


def test_it_still_follows_when_safari_takes_back_a_move_of_the_page(chat):
    chat.page.add_init_script("Object.defineProperty(navigator, 'vendor', { value: 'Apple Computer, Inc.' })")
    chat.page.reload()
    chat.asks(LONG)
    assert until(chat, lambda: top(chat) > 200)
    for _ in range(3):
        chat.conversation.evaluate(PUT_BACK)
        more_comes(chat)
        assert is_at_the_end(chat)


def wheel(chat: Chat) -> None:
    chat.page.mouse.wheel(0, -30)


def key(chat: Chat) -> None:
    chat.conversation.press("PageUp")


def selection(chat: Chat) -> None:
    chat.answer.article.locator("p").first.evaluate("p => getSelection().selectAllChildren(p)")


@pytest.mark.parametrize("intent", [wheel, key, selection])
def test_scrolling_away_stops_following(reading, to_end, intent):
    intent(reading)
    more_comes(reading)
    assert until(reading, lambda: stands_still(reading))  # the last movement is over
    here, selected = top(reading), reading.page.evaluate("getSelection().toString()")
    more_comes(reading)
    assert top(reading) == here
    assert reading.page.evaluate("getSelection().toString()") == selected
    expect(to_end).to_have_attribute("data-news", "")

    to_end.click()
    assert is_at_the_end(reading)
    more_comes(reading)
    assert is_at_the_end(reading)
    expect(to_end).to_be_hidden()
    expect(reading.conversation).to_be_focused()


def test_the_link_to_the_end_appears_beyond_200_px_and_disappears_within_60(chat):
    chat.asks(AT_ONCE).wait_for_state("complete")
    chat.page.reload()
    button = chat.page.get_by_role("button", name="Scroll to bottom")
    chat.conversation.hover()
    for distance, is_offered in ((150, False), (250, True), (100, True), (40, False)):
        chat.page.mouse.wheel(0, end(chat) - distance)
        assert is_at(chat, distance)
        expect(button).to_be_visible(visible=is_offered)
        expect(chat.page.locator("#to-end[data-news]")).to_have_count(0)


def test_scrolling_inside_a_block_does_not_stop_following(chat):
    words, code = ("word " * 12 + "\n\n") * 40, "```\n" + "wide " * 50 + "\n```"
    chat.asks(f"[[say {words}{code}]] [[rate n=5000]]").wait_for_state("complete")
    assert is_at(chat, 0)  # hovering would scroll before
    block = chat.answer.article.locator("pre")
    block.hover()
    chat.page.mouse.wheel(100, -2)
    assert until(chat, lambda: block.evaluate("e => e.scrollLeft > 0"))

    chat.answer.article.evaluate("e => e.style.paddingBlockEnd = '500px'")
    assert is_at_the_end(chat)


def test_with_following_switched_off_an_answer_scrolls_nothing(chat):
    chat.asks(AT_ONCE).wait_for_state("complete")
    chat.page.evaluate("document.querySelector('chat-transcript').dataset.follow = 'no'")
    chat.asks(LONG)
    assert until(chat, lambda: abs(place(chat) - 50) <= 1)
    button = chat.page.get_by_role("button", name="Scroll to bottom")
    expect(button).to_be_visible()
    assert abs(place(chat) - 50) <= 1

    button.click()
    assert until(chat, lambda: place(chat) < -100)
    more_comes(chat)
    assert end(chat) > 60


def test_the_end_stays_in_view_when_a_keyboard_opens(reading):
    reading.page.set_viewport_size({"width": 1280, "height": 400})
    assert is_at_the_end(reading)
    reading.page.set_viewport_size({"width": 1280, "height": 800})
    assert is_at_the_end(reading)
    more_comes(reading)  # the larger window is still followed in
    assert is_at_the_end(reading)
    reading.stop.click()
    reading.answer.wait_for_state("stopped")

    # Safari's covers the page.
    reading.page.evaluate("Object.defineProperty(visualViewport, 'height', { value: 500 })")
    reading.page.evaluate("visualViewport.dispatchEvent(new Event('resize'))")
    assert until(reading, lambda: reading.conversation.bounding_box()["height"] < 450)
    assert is_at_the_end(reading)
    assert reading.send.bounding_box()["y"] < 500


def test_a_finger_stops_following_on_a_phone(arrives):
    phone = arrives(viewport=PHONE, has_touch=True, is_mobile=True)
    phone.asks(LONG)
    assert until(phone, lambda: top(phone) > 300)
    fingers = phone.browser.new_cdp_session(phone.page)
    for kind, y in (("touchStart", 300), ("touchMove", 320), ("touchMove", 360), ("touchMove", 500)):
        points = [{"x": 200, "y": y}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    more_comes(phone)
    assert until(phone, lambda: stands_still(phone))
    here = top(phone)
    more_comes(phone)

    assert top(phone) == here
    expect(phone.page.get_by_role("button", name="Scroll to bottom")).to_be_visible()


def test_a_chat_opens_at_its_end_and_a_message_that_was_looked_for_in_the_middle(chat):
    chat.asks(AT_ONCE).wait_for_state("complete")
    for _ in range(3):
        chat.asks(SHORT).wait_for_state("complete")
    chat.page.route("**/*.js", lambda route: None)  # a script that does not come changes nothing
    tab = chat.in_another_tab()
    assert until(tab, lambda: abs(end(tab)) <= 1)

    question = chat.questions.nth(1)
    tab.visits(f"{chat.page.url}#{question.get_attribute('id')}")
    assert until(tab, lambda: abs(middle(tab, tab.questions.nth(1)) - middle(tab, tab.conversation)) <= 1)
    expect(tab.questions.nth(1)).to_have_css("animation-name", "pointed-at")


def middle(chat: Chat, of) -> float:
    box = of.bounding_box()
    return float(box["y"] + box["height"] / 2)
