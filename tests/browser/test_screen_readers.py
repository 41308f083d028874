"""For screen readers: one heading for each message, one quiet status, and the focus where it was."""

from playwright.sync_api import expect


def test_the_start_and_end_of_an_answer_are_announced(chat):
    chat.page.clock.install()
    chat.page.reload()
    log, status = chat.page.get_by_role("log"), chat.page.locator("#status")
    chat.message.focus()
    chat.asks("[[tokens n=4000 rate=50]]").wait_for_text("1 2 3")
    expect(status).to_have_text("Assistant is answering")
    expect(log).to_have_attribute("aria-live", "off")
    expect(log).to_have_attribute("aria-busy", "true")

    chat.page.clock.fast_forward(9000)
    expect(status).to_have_text("Still answering")
    expect(chat.message).to_be_focused()
    chat.page.keyboard.press("Escape")
    chat.stop.click()
    expect(status).to_have_text("Answer stopped")
    expect(log).to_have_attribute("aria-busy", "false")

    chat.asks("[[say Three whole words]]").wait_for_state("complete")
    expect(status).to_have_text("Answer complete, 3 words")
    names = log.get_by_role("heading", level=2)
    expect(names.nth(2)).to_have_text("You")
    expect(names.nth(3)).to_contain_text("Gemini")
    expect(names.nth(3)).to_contain_text("$")
    expect(chat.message).to_be_focused()


def test_an_error_is_announced_at_once(chat):
    chat.asks("[[error 402 credits]]").wait_for_state("failed")

    expect(chat.answer.article.get_by_role("alert")).to_contain_text("credits have run out")
    expect(chat.page.get_by_role("log")).to_have_attribute("aria-busy", "false")
    expect(chat.page.locator("header")).not_to_contain_text("This chat has cost")
