"""A message over a spending limit stays in the field, and one press sends it anyway."""

from playwright.sync_api import expect

SONNET = "anthropic/claude-sonnet-5"


def limits_a_day(chat, amount):
    chat.visits("/account/")
    chat.page.get_by_label("Per day").fill(amount)
    chat.page.get_by_role("button", name="Save limits").click()
    expect(chat.page.get_by_label("Per day")).to_have_value(amount)
    chat.visits(f"/?model={SONNET}")


def test_a_message_over_the_limit_stays_in_the_field_and_one_press_sends_it(chat):
    chat.page_errors.expects("422")
    limits_a_day(chat, "0.000001")
    field, error = chat.page.locator("#text"), chat.page.locator("#composer-error")
    field.fill("[[say Hello]]")
    field.press("Enter")
    expect(error).to_contain_text("more than is left of your daily limit of")
    expect(field).to_have_value("[[say Hello]]")

    error.get_by_role("button", name="Send anyway").click()
    expect(chat.page.locator("[data-state=complete]")).to_contain_text("Hello")
    expect(error).to_be_empty()
    expect(field).to_have_value("")

    field.fill("[[say Hello again]]")
    field.press("Enter")
    expect(error).to_contain_text("more than is left of your daily limit of")
