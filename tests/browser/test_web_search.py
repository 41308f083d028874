"""The switch "Search the web": by keyboard and touch, with the price for the chosen model."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.test_model_picker import Picker
from tests.browser.wait import until

SONNET, LLAMA = "anthropic/claude-sonnet-5", "meta-llama/llama-3.3-70b-instruct"
WITHOUT_TOOLS = "google/gemini-2.5-flash-image"
SEARCH = {"type": "openrouter:web_search"}


def switch(chat):
    return chat.page.get_by_role("checkbox", name="Search the web", exact=True)


def about(chat):
    return chat.page.locator("#about-web")


def tools(chat):
    return chat.requests_at_openrouter[-1].body.get("tools")


def chooses(chat, model: str) -> None:
    picker = Picker(chat)
    picker.row(model).click()
    expect(picker.field).to_have_value(model)


def test_the_switch_is_pressed_by_keyboard_and_stays_on(chat):
    chat.message.focus()
    chat.page.keyboard.press("Tab")
    expect(chat.page.locator("#tip")).to_have_text("Add images")
    chat.page.keyboard.press("Tab")
    expect(switch(chat)).to_be_focused()
    expect(chat.page.locator("#tip")).to_have_text(re.compile(r"Search the web ·\s+\S"))
    chat.page.keyboard.press("Space")
    expect(switch(chat)).to_be_checked()

    chat.asks("What is a potluck?").wait_for_state("complete")
    assert tools(chat) == [SEARCH]
    expect(chat.questions.last.locator(".searched")).to_have_text("The answers may search the web")
    expect(chat.answer.article.locator("details.step")).to_have_attribute("data-tool", "openrouter:web_search")
    chat.asks("And a picnic?").wait_for_state("complete")
    assert tools(chat) == [SEARCH]

    chat.page.reload()
    expect(switch(chat)).to_be_checked()
    switch(chat).uncheck()
    chat.asks("And a buffet?").wait_for_state("complete")
    assert tools(chat) is None
    chat.page.reload()
    expect(switch(chat)).not_to_be_checked()


def test_the_switch_shows_the_price_with_the_chosen_model(chat):
    chooses(chat, SONNET)
    expect(about(chat)).to_have_text("$0.01 each")
    expect(switch(chat)).to_have_accessible_description("$0.01 each")
    chooses(chat, LLAMA)
    expect(about(chat)).to_have_text("$0.007 each")
    chooses(chat, WITHOUT_TOOLS)
    expect(switch(chat)).to_be_hidden()
    chooses(chat, SONNET)
    expect(switch(chat)).to_be_visible()
    expect(about(chat)).to_have_text("$0.01 each")


def test_the_estimate_has_a_row_for_searches(chat):
    chooses(chat, LLAMA)
    chat.writes("What is a potluck? " * 20)
    estimate = chat.page.locator("#estimate")
    expect(estimate).to_be_visible()
    beside = chat.page.locator("#estimate + .searches")
    expect(beside).to_be_hidden()
    switch(chat).check()
    expect(beside).to_have_text("+ $0.007 each")
    estimate.click()
    row = chat.page.get_by_role("group", name="Estimated cost").get_by_role("row", name="Web search")
    expect(row).to_contain_text("$0.007 each")
    switch(chat).uncheck()
    expect(chat.page.locator("#estimate-parts .searches")).to_be_hidden()


def test_the_setting_turns_the_switch_on_and_off(chat):
    chat.asks("[[say Hello]]").wait_for_state("complete")
    for is_on in (True, False):
        chat.page.locator("[data-settings]").click()
        dialog = chat.page.locator("dialog#settings")
        expect(dialog).to_be_visible()
        dialog.locator("details").evaluate_all("groups => groups.forEach((group) => (group.open = true))")
        dialog.get_by_label("Search the web").set_checked(is_on)
        dialog.get_by_role("button", name="Save", exact=True).click()
        expect(dialog).to_be_hidden()
        expect(switch(chat)).to_be_checked(checked=is_on)
        expect(switch(chat)).to_be_enabled(enabled=not is_on)


def test_the_switch_is_large_enough_on_a_phone(arrives):
    chat = arrives(has_touch=True, is_mobile=True, viewport=PHONE)
    switch(chat).tap()
    expect(switch(chat)).to_be_checked()
    chat.writes("What is a potluck?")
    box = chat.page.locator("#web-search").bounding_box()
    send = chat.send.bounding_box()

    assert min(box["width"], box["height"]) > 43.9  # parts of pixels
    assert send["x"] + send["width"] <= PHONE["width"]
    assert abs(box["y"] - send["y"]) < 4


def test_without_scripts_the_switch_shows_name_and_price(arrives):
    chat = arrives(java_script_enabled=False)
    expect(chat.page.locator("#web-search")).to_contain_text("Search the web")
    expect(chat.page.locator("#about-web")).to_be_visible()
    switch(chat).check()
    chat.writes("[[say Hello]]")
    chat.send.click()
    chat.answer.wait_for_state("complete")

    assert tools(chat) == [SEARCH]


def test_enter_presses_the_switch_and_a_draft_keeps_it(chat):
    chat.writes("What is a potluck?")
    switch(chat).focus()
    chat.page.keyboard.press("Enter")
    expect(switch(chat)).to_be_checked()
    until(chat, lambda: '"web":true' in chat.page.evaluate("Object.values(localStorage).join()"))
    chat.page.reload()
    expect(chat.message).to_have_value("What is a potluck?")
    expect(switch(chat)).to_be_checked()
    assert not chat.requests_at_openrouter


def test_a_queued_message_is_sent_as_it_was_written(chat):
    chat.asks("[[slow first=3]] [[say Hello]]")
    switch(chat).check()
    chat.writes("[[say Bye]]")
    chat.message.press("Enter")
    expect(chat.page.get_by_role("group", name="Queued message")).to_be_visible()
    switch(chat).uncheck()
    chat.answer.wait_for_text("Bye")

    assert tools(chat) == [SEARCH]
