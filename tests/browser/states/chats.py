"""States of chats: the list, its search, the settings, and "Continue this text"."""

import re
from collections.abc import Iterator

from tests.browser.chat_page import Chat
from tests.browser.conftest import PHONE

LONG_TITLE = "A chat about Donaudampfschifffahrtsgesellschaftskapitäne and whatever else they may have been asked"


def lists(chat: Chat) -> Iterator[str]:
    for text in ("Yeast", LONG_TITLE):
        chat.visits("/")
        chat.asks(text).wait_for_state("complete")
    chat.visits("/")
    chat.asks("Slow bread [[silence]]").wait_for_state("waiting")
    chat.visits("/")
    chat.asks("Meanwhile [[tokens n=60 rate=25]]").wait_for_text("1 2")
    chat.visits("/")
    chat.page.get_by_role("link", name=re.compile("^Answer ready")).wait_for()
    _opens_options(chat, "A chat about")
    yield "the options of a chat, marks, and an answer that ended elsewhere"
    chat.page.locator("#chat-menu").get_by_role("button", name="Delete").click()
    chat.page.get_by_role("button", name="Undo").wait_for()
    chat.page.set_viewport_size(PHONE)
    _opens_options(chat, "Yeast")
    chat.page.locator("#chat-menu").get_by_role("button", name="Rename").click()
    yield "a deleted chat that can be had back, and one being renamed in the drawer"


def _opens_options(chat: Chat, title: str) -> None:
    drawer = chat.page.get_by_role("button", name="Chats", exact=True)
    if drawer.is_visible() and not chat.page.locator("#chats:popover-open").is_visible():
        drawer.click()
    row = chat.page.locator("#chat-list .chat").filter(has_text=title)
    row.hover()
    row.get_by_role("button").click()


def searches(chat: Chat) -> Iterator[str]:
    for _ in range(2):
        chat.asks("Which flour for bread? " * 9 + "[[say Strong **wheat** flour.]]").wait_for_state("complete")
    chat.page.keyboard.press("Control+k")
    chat.page.get_by_role("searchbox").fill("flour")
    chat.page.locator("#found mark").first.wait_for()
    yield "search over a chat"
    chat.visits("/search/?q=nothing+of+that")
    yield "search that finds nothing"


def has_settings(chat: Chat) -> Iterator[str]:
    chat.asks("[[say Hello]]").wait_for_state("complete")
    chat.page.locator("[data-settings]").click()
    dialog = chat.page.get_by_role("dialog", name="Settings of this chat")
    dialog.wait_for()
    dialog.locator("details").evaluate_all("groups => groups.forEach((group) => (group.open = true))")
    dialog.get_by_label("Temperature").fill("0.2")
    dialog.get_by_label("System prompt").fill("Be brief.")
    yield "settings in a dialog"
    dialog.get_by_label("Name").fill("Brief")
    dialog.get_by_role("button", name="Save chat and preset").click()
    chat.page.locator("#chat-settings .summary").wait_for()
    yield "a chat with settings"
    chat.page_errors.expects("status of 422")
    chat.page.goto(str(chat.page.locator("[data-settings]").get_attribute("href")))
    chat.page.get_by_label("Top A").fill("9")
    chat.page.get_by_role("button", name="Save", exact=True).click()
    chat.page.locator(".fault").wait_for()
    yield "settings that cannot be saved"
    chat.visits("/presets/")
    yield "presets"
    chat.page.get_by_role("link", name="Brief").click()
    yield "a preset"


def continues_a_text(chat: Chat) -> Iterator[str]:
    chat.visits("/continue/")
    yield "a text to continue"
    chat.page.get_by_label("Text").fill("Once upon a time [[tokens n=60 rate=200]]")
    chat.page.get_by_role("button", name="Continue").click()
    chat.page.get_by_role("button", name="Remove added text").wait_for()
    yield "a text that was continued"
    chat.page_errors.expects("status of 422")
    chat.page.get_by_label("Maximum tokens to add").fill("many")
    chat.page.get_by_role("button", name="Continue").click()
    chat.page.get_by_text("Enter a whole number.").wait_for()
    yield "a text that could not be continued"
