"""Writing, sending and stopping without a mouse, and the keyboard shortcuts."""

import re

from playwright.sync_api import expect


def test_enter_sends_and_the_field_is_empty_and_has_the_focus(chat):
    chat.message.fill("Hello")
    chat.message.press("Enter")
    chat.answer.wait_for_state("complete")

    expect(chat.message).to_have_value("")
    expect(chat.message).to_be_focused()


def test_a_click_on_send_leaves_the_focus_in_the_field(chat):
    chat.asks("Hello").wait_for_state("complete")

    expect(chat.message).to_be_focused()


def test_shift_and_enter_start_a_new_line(chat):
    chat.message.press_sequentially("one")
    chat.message.press("Shift+Enter")
    chat.message.press_sequentially("two")

    expect(chat.message).to_have_value("one\ntwo")
    chat.message.press("Enter")
    chat.answer.wait_for_state("complete")
    expect(chat.questions.last).to_contain_text(re.compile("one\ntwo"))


def test_enter_that_ends_a_composition_sends_nothing(chat):
    chat.message.focus()
    keyboard = chat.browser.new_cdp_session(chat.page)
    keyboard.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    chat.page.keyboard.press("Enter")
    expect(chat.message).to_have_value(re.compile("にほん"))
    expect(chat.questions).to_have_count(0)

    keyboard.send("Input.insertText", {"text": "日本"})
    chat.page.keyboard.press("Enter")

    chat.answer.wait_for_state("complete")
    expect(chat.questions).to_have_count(1)
    expect(chat.questions.last).to_contain_text("日本")


LAST_KEY_OF_SAFARI = """
(field, key) => {
  const about = { key, keyCode: 229, bubbles: true, cancelable: true };
  field.dispatchEvent(new KeyboardEvent("keydown", about));
}
"""


def test_the_last_key_of_an_input_method_is_no_shortcut(chat):
    chat.asks("[[say Hello]]").wait_for_state("complete")
    chat.questions.hover()
    chat.questions.get_by_role("link", name="Edit").click()
    field = chat.questions.get_by_role("textbox")
    field.fill("Half an edit")
    for key in ("Escape", "Enter"):
        field.evaluate(LAST_KEY_OF_SAFARI, key)
    expect(field).to_have_value("Half an edit")

    row = chat.page.locator("#chats .chat").first
    row.hover()
    row.locator(".more").click()
    chat.page.locator("#chat-menu").get_by_text("Rename").click()
    title = row.get_by_role("textbox")
    title.fill("Half a title")
    title.evaluate(LAST_KEY_OF_SAFARI, "Enter")
    expect(title).to_have_value("Half a title")


def test_enter_in_an_empty_field_sends_nothing(chat):
    chat.message.press_sequentially("  ")
    chat.message.press("Enter")
    chat.message.press_sequentially("!")
    chat.message.press("Enter")

    expect(chat.questions).to_have_count(1)
    chat.answer.wait_for_state("complete")
    assert len(chat.requests_at_openrouter) == 1


def test_stop_returns_the_focus_to_the_field(chat):
    chat.asks("[[tokens n=2000 rate=40]]").wait_for_text("1 2 3")
    chat.stop.focus()
    chat.page.keyboard.press("Enter")
    chat.answer.wait_for_state("stopped")

    expect(chat.message).to_be_focused()


def test_tab_reaches_every_control_of_the_composer(chat):
    chat.message.fill("x")
    targets = {"Model": chat.model, "Add images": chat.add_images, "Send": chat.send}
    reached = set()
    for _ in range(6):
        chat.page.keyboard.press("Tab")
        is_there = "element => element === document.activeElement"
        reached |= {name for name, target in targets.items() if target.evaluate(is_there)}

    assert reached == {*targets}


def has_focus(chat, selector) -> None:
    expect(chat.page.locator(selector)).to_be_focused()


def test_shortcuts_reach_everything(chat):
    chat.page.keyboard.press("Control+Shift+M")
    has_focus(chat, ".model-picker [role=combobox]")
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator(".model-picker")).to_have_count(0)
    chat.page.keyboard.press("Shift+Escape")
    has_focus(chat, "#text")

    chat.page.keyboard.press("Control+/")
    dialog = chat.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Stop the answer")
    chat.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    chat.conversation.focus()
    chat.page.keyboard.press("?")
    expect(dialog).to_be_visible()
    chat.page.keyboard.press("Escape")

    chat.asks("[[say Hello]]").wait_for_state("complete")
    chat.page.keyboard.press("Control+Shift+O")
    expect(chat.answers).to_have_count(0)


def test_a_question_mark_can_still_be_written(chat):
    chat.message.press_sequentially("Why?")

    expect(chat.message).to_have_value("Why?")
    expect(chat.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_escape_stops_an_answer_only_when_it_is_pressed_twice(chat):
    answer = chat.asks("[[tokens n=2000 rate=40]]")
    answer.wait_for_text("1 2 3")
    chat.page.keyboard.press("Escape")
    chat.page.wait_for_timeout(1200)  # longer than twice would be
    chat.page.keyboard.press("Escape")
    answer.wait_for_text("40 41")

    chat.page.keyboard.press("Escape")
    chat.page.keyboard.press("Escape")
    answer.wait_for_state("stopped")


def test_escape_that_closes_something_stops_no_answer(chat):
    answer = chat.asks("[[tokens n=2000 rate=40]]")
    answer.wait_for_text("1 2 3")
    stopped = []
    chat.page.on("request", lambda request: stopped.append(request.url) if "cancellation" in request.url else None)
    chat.page.locator("[popovertarget='chat-tools']").click()
    expect(chat.page.locator("#chat-tools")).to_be_visible()
    for _ in range(2):
        chat.page.keyboard.press("Escape")
    expect(chat.page.locator("#chat-tools")).to_be_hidden()
    answer.wait_for_text("60 61 62")

    assert not stopped
    chat.stop.click()
    answer.wait_for_state("stopped")
    assert stopped


def test_shortcuts_can_be_switched_off(chat):
    chat.visits("/account/")
    chat.page.get_by_label("Keyboard shortcuts").uncheck()
    expect(chat.page.locator("#preferences [role=status]")).to_have_text("Saved")

    chat.visits("/")
    chat.page.keyboard.press("Control+/")
    chat.page.keyboard.press("Control+Shift+M")
    has_focus(chat, "#text")
