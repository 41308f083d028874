"""The page follows an answer that grows, until its reader wants to be elsewhere."""

import pytest
from playwright.sync_api import expect

LONG = "[[markdown kb=30 rate=250]]"


@pytest.fixture
def reading(chat):
    """Somebody in front of an answer that has grown beyond the window, and goes on growing."""
    chat.asks(LONG).wait_for_text("3. Part 3")
    return chat


def distance_to_end(chat) -> float:
    return float(chat.conversation.evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight"))


def is_at_the_end(chat) -> bool:
    """Now, or once the page has caught up with what has just been put into it."""
    for _ in range(20):
        if distance_to_end(chat) < 60:
            return True
        chat.page.wait_for_timeout(50)
    return False


def top(chat) -> float:
    return float(chat.conversation.evaluate("e => e.scrollTop"))


def test_it_follows_the_end(reading):
    for part in ("4. Part 4", "6. Part 6", "8. Part 8"):
        reading.answer.wait_for_text(part)
        assert is_at_the_end(reading)

    assert top(reading) > 0


def test_it_lets_go_of_who_scrolls_up_and_stays_there(reading):
    reading.conversation.hover()
    reading.page.mouse.wheel(0, -300)
    expect(reading.page.get_by_role("button", name="To the end")).to_be_visible()
    here = top(reading)

    reading.answer.wait_for_text("8. Part 8")

    assert abs(top(reading) - here) < 2
    assert distance_to_end(reading) > 200


def test_one_click_leads_back_to_the_end(reading):
    reading.conversation.hover()
    reading.page.mouse.wheel(0, -600)
    reading.page.get_by_role("button", name="To the end").click()
    reading.answer.wait_for_text("8. Part 8")

    assert is_at_the_end(reading)
    expect(reading.page.get_by_role("button", name="To the end")).to_be_hidden()


def test_a_new_question_brings_back_to_the_end(chat):
    chat.asks("[[markdown kb=10 rate=5000]]").wait_for_state("complete")
    chat.conversation.evaluate("e => e.scrollTo(0, 0)")
    chat.asks("[[markdown kb=4 rate=5000]]").wait_for_state("complete")

    assert is_at_the_end(chat)


def test_a_long_chat_opens_at_its_end(chat):
    chat.asks("[[markdown kb=10 rate=5000]]").wait_for_state("complete")
    tab = chat.in_another_tab()
    expect(tab.message).to_be_focused()

    assert distance_to_end(tab) < 60
