"""A message is found and opened with the keyboard alone."""

import re

from playwright.sync_api import expect

from tests.browser.wait import until

SCREENS = " ".join(f"line {number}\n\n" for number in range(80))


def test_the_search_leads_to_a_message_of_another_chat(chat):
    question = chat.asks(f"Which flour? [[say {SCREENS}]]")
    question.wait_for_state("complete")
    chat.asks("[[say Strong **wheat** flour.]]").wait_for_state("complete")
    chat.asks(f"Thanks [[say {SCREENS}]]").wait_for_state("complete")
    chat.visits("/")
    link = chat.page.get_by_role("link", name="Search")
    link.focus()

    chat.page.keyboard.press("Enter")
    field = chat.page.get_by_role("searchbox", name="Search your chats")
    expect(field).to_be_focused()
    chat.page.keyboard.type("x")
    chat.page.keyboard.press("Escape")
    expect(link).to_be_focused()

    chat.message.focus()
    chat.page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.message).to_be_focused()

    chat.page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    with chat.page.expect_response(re.compile(r"q=flour(\+|%20)whe(&|$)")):
        chat.page.keyboard.type("flour whe")
    hits = chat.page.get_by_role("dialog").get_by_role("link").filter(has_text="Strong wheat flour")
    answer = hits.filter(has_not_text="You:")
    expect(answer.locator("mark")).to_have_text(["wheat", "flour"])
    expect(chat.page).to_have_url(re.compile(r"/$"))
    for _ in range(5):
        if answer.evaluate("link => link === document.activeElement"):
            break
        chat.page.keyboard.press("ArrowDown")
    chat.page.keyboard.press("ArrowUp")
    chat.page.keyboard.press("ArrowDown")
    chat.page.keyboard.press("Enter")

    expect(chat.page).to_have_url(re.compile(r"/chats/.*\?branch=.*#answer-"))
    arrived = chat.page.locator(":target")
    expect(arrived).to_contain_text("Strong wheat flour.")
    middle = "at => (at.getBoundingClientRect().top + at.getBoundingClientRect().bottom) / 2 / innerHeight"
    until(chat, lambda: 0.25 < arrived.evaluate(middle) < 0.75)


def test_the_address_follows_the_search(chat):
    chat.asks("Crème brûlée").wait_for_state("complete")
    chat.visits("/search/")
    expect(chat.page.get_by_role("searchbox")).to_be_focused()  # which comes only after the page
    chat.page.keyboard.type("creme")

    expect(chat.page.locator("#found mark").first).to_have_text("Crème")
    expect(chat.page).to_have_url(re.compile(r"\?q=creme$"))
    expect(chat.page.locator("chat-search [role=status]")).to_have_text("1 chat found")
    chat.page.reload()
    expect(chat.page.locator("#found mark").first).to_have_text("Crème")
