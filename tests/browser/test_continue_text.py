"""The page "Continue this text": the text grows in place, can be stopped and undone, and is not lost."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

BEGINNING = "Once upon a time"


@pytest.fixture
def page(chat) -> Page:
    chat.visits("/continue/")
    return chat.page


def field(page: Page) -> Locator:
    return page.get_by_label("Text")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def goes_on(page: Page, marks: str) -> str:
    text = f"{BEGINNING} {marks}"
    field(page).fill(text)
    button(page, "Continue").click()
    return text


def test_the_text_grows_and_its_cost_is_shown(chat, page):
    text = goes_on(page, "[[tokens n=5]]")

    expect(field(page)).to_have_value(f"{text}1 2 3 4 5 ")
    expect(page.get_by_text("Cost: $")).to_be_visible()
    expect(button(page, "Stop")).to_be_hidden()
    assert page.url.endswith("/continue/")


def test_stop_keeps_what_was_added(chat, page):
    goes_on(page, "[[tokens n=2000 rate=40]]")
    expect(field(page)).to_have_value(re.compile(r"\]\]1 2 3"))

    button(page, "Stop").click()

    expect(button(page, "Stop")).to_be_hidden()
    expect(button(page, "Remove added text")).to_be_visible()
    assert chat.standin.wait_for(lambda: chat.standin.closed_early)
    expect(field(page)).to_have_value(re.compile(r"\]\]1 2 3"))
    expect(field(page)).to_be_editable()


def test_what_was_added_can_be_removed_until_the_text_is_edited(page):
    text = goes_on(page, "🍲 [[tokens n=5]]")
    button(page, "Remove added text").click()
    expect(field(page)).to_have_value(text)

    page.wait_for_load_state()  # the model and what else is sent along is below the button
    button(page, "Continue").click()
    expect(button(page, "Remove added text")).to_be_visible()
    field(page).press("Control+Home")
    field(page).press("x")
    expect(button(page, "Remove added text")).to_be_hidden()


def test_the_text_survives_a_reload(page):
    text = goes_on(page, "[[tokens n=5]]")
    expect(field(page)).to_have_value(f"{text}1 2 3 4 5 ")

    page.reload()

    expect(field(page)).to_have_value(f"{text}1 2 3 4 5 ")


def test_the_text_survives_a_draft_in_a_chat(chat, page):
    field(page).fill(BEGINNING)
    chat.visits("/")
    chat.message.press_sequentially("a")
    page.wait_for_function("() => Object.keys(localStorage).some((name) => name.endsWith(':/'))")

    chat.visits("/continue/")

    expect(field(page)).to_have_value(BEGINNING)


def test_the_text_grows_without_room_to_store_it(page):
    page.evaluate("() => Object.defineProperty(window, 'localStorage', { get: () => { throw new DOMException() } })")

    text = goes_on(page, "[[tokens n=5]]")

    expect(field(page)).to_have_value(f"{text}1 2 3 4 5 ")


def test_a_refusal_is_shown_and_the_text_stays(chat, page):
    text = goes_on(page, "[[error 402 credits]]")

    expect(page.locator("#completion output")).to_have_text("Your OpenRouter credits have run out.")
    expect(field(page)).to_have_value(text)


def test_without_a_network_the_text_stays(chat, page):
    chat.page_errors.expects("ERR_|Failed to fetch")
    page.context.set_offline(True)
    text = goes_on(page, "[[tokens n=5]]")

    expect(page.locator("#completion output")).to_have_text(re.compile("The text ended here"))
    expect(field(page)).to_have_value(text)
    page.context.set_offline(False)


def test_without_scripts_the_text_grows_too(arrives):
    plain = arrives(java_script_enabled=False)
    plain.visits("/continue/")
    text = goes_on(plain.page, "[[tokens n=5]]")
    expect(field(plain.page)).to_have_value(f"{text}1 2 3 4 5 ")

    button(plain.page, "Remove added text").click()

    expect(field(plain.page)).to_have_value(text)
