"""A message over a spending limit stays in the field, and one press sends it anyway."""

from playwright.sync_api import expect

from tests.browser.paused_answers import answers_in_parts

SONNET = "anthropic/claude-sonnet-5"


def limits_a_day(chat, amount):
    chat.visits("/account/")
    chat.page.get_by_label("Per day").fill(amount)
    chat.page.get_by_role("button", name="Save limits").click()
    expect(chat.page.get_by_label("Per day")).to_have_value(amount)
    chat.visits(f"/?model={SONNET}")


def test_the_page_of_a_refused_retry_has_the_address_of_its_chat(chat):
    chat.page_errors.expects("422")
    chat.asks("[[say Hello]]").wait_for_state("complete")
    address = chat.page.url
    limits_a_day(chat, "0.000001")
    chat.visits(address)
    chat.page.get_by_role("button", name="Regenerate", exact=True).click()
    expect(chat.page.locator("#composer-error")).to_contain_text("your daily limit of")

    expect(chat.page).to_have_url(address)
    chat.page.reload()
    expect(chat.page.locator("#composer-error")).to_be_empty()


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


def test_a_queued_message_over_the_limit_is_sent_by_the_press(chat):
    chat.page_errors.expects("422")
    (may_end,) = answers_in_parts(chat.standin, "1 2 3 ", "4")
    chat.asks("Count, please.").wait_for_text("1 2 3")
    chat.message.fill("[[say Queued]]")
    chat.message.press("Enter")
    expect(chat.page.get_by_role("group", name="Queued message")).to_contain_text("[[say Queued]]")
    limits_a_day(chat.in_another_tab(), "0.000001")
    chat.message.fill("half a thought")
    may_end.set()
    chat.error.get_by_role("button", name="Send anyway").click()

    chat.answer.wait_for_text("Queued")
    expect(chat.page.locator("#composer-error")).to_be_empty()
    expect(chat.message).to_have_value("half a thought")
