"""The settings dialog of a chat, and of a new chat: save, errors, cancel."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE


def opens_settings(chat):
    chat.page.locator("[data-settings]").click()
    dialog = chat.page.locator("dialog#settings")
    expect(dialog).to_be_visible()
    return dialog


def opens_group(dialog, name):
    dialog.locator("summary", has_text=name).click()


@pytest.mark.parametrize("is_phone", [False, True])
def test_saved_settings_are_sent_and_shown(arrives, is_phone):
    chat = arrives(has_touch=True, is_mobile=True, viewport=PHONE) if is_phone else arrives()
    chat.asks("[[say Hello]]").wait_for_state("complete")
    dialog = opens_settings(chat)
    opens_group(dialog, "Randomness")
    dialog.get_by_label("Temperature").fill("0.2")
    dialog.get_by_role("button", name="Save", exact=True).click()

    expect(dialog).to_be_hidden()
    link = chat.page.locator("[data-settings]")
    expect(link).to_have_accessible_name("Settings temperature 0.2")
    expect(link).to_be_focused()
    chat.asks("And now? [[say Well]]").wait_for_state("complete")
    assert chat.standin.chat_requests[-1].body["temperature"] == 0.2
    chat.page.reload()
    expect(chat.page.locator("[data-settings]")).to_have_accessible_name("Settings temperature 0.2")


def test_settings_that_cannot_be_saved_stay_and_are_explained(chat):
    chat.asks("[[say Hello]]").wait_for_state("complete")
    chat.page_errors.expects("status of 422")
    dialog = opens_settings(chat)
    dialog.get_by_label("System prompt").fill("Be brief.")
    dialog.get_by_label("Maximum answer length").fill("many")
    dialog.get_by_role("button", name="Save", exact=True).click()

    wrong = dialog.get_by_label("Maximum answer length")
    expect(wrong).to_be_focused()
    expect(dialog.locator(".fault")).to_have_text("Enter a whole number.")
    expect(dialog.get_by_label("System prompt")).to_have_value("Be brief.")
    wrong.fill("300")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(chat.page.locator("#chat-settings .summary")).to_have_text("system prompt · up to 300 tokens")


def test_without_a_connection_settings_stay_and_the_dialog_says_so(chat):
    chat.page_errors.expects("ERR_|Failed to fetch")
    dialog = opens_settings(chat)
    dialog.get_by_label("System prompt").fill("Be brief.")
    chat.page.context.set_offline(True)
    dialog.get_by_role("button", name="Save", exact=True).click()

    expect(dialog.get_by_text("That didn't work. Check your connection")).to_be_visible()
    expect(dialog.get_by_label("System prompt")).to_have_value("Be brief.")
    chat.page.context.set_offline(False)


def test_cancel_escape_and_back_change_nothing(chat):
    chat.asks("[[say Hello]]").wait_for_state("complete")
    address = chat.page.url
    for leave in (
        lambda dialog: dialog.get_by_role("link", name="Cancel").click(),
        lambda dialog: chat.page.keyboard.press("Escape"),
        lambda dialog: chat.page.go_back(),
    ):
        dialog = opens_settings(chat)
        dialog.get_by_label("System prompt").fill("Be brief.")
        leave(dialog)

        expect(dialog).to_be_hidden()
        expect(chat.page).to_have_url(address)
        expect(chat.page.locator("#chat-settings .summary")).to_have_count(0)


def test_settings_of_a_new_chat_are_those_of_its_first_message(chat):
    dialog = opens_settings(chat)
    chat_text = "Hello? [[say Hello]]"
    dialog.get_by_label("System prompt").fill("Be brief.")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()

    chat.asks(chat_text).wait_for_state("complete")

    assert chat.standin.chat_requests[-1].body["messages"][0] == {"role": "system", "content": "Be brief."}
    expect(chat.page.locator("#chat-settings .summary")).to_have_text("system prompt")
    opens_settings(chat)
    expect(chat.page.locator("#settings").get_by_label("System prompt")).to_have_value("Be brief.")


def test_without_scripts_settings_are_a_page(arrives):
    chat = arrives(java_script_enabled=False)
    chat.page.get_by_role("link", name="Settings").click()
    chat.page.get_by_label("System prompt").fill("Be brief.")
    chat.page.get_by_role("button", name="Save", exact=True).click()

    chat.message.fill("Hello? [[say Hello]]")
    chat.send.click()
    expect(chat.answers).to_contain_text("Hello")

    assert chat.standin.chat_requests[-1].body["messages"][0] == {"role": "system", "content": "Be brief."}
