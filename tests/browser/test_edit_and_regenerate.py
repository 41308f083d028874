"""Edited questions, regenerated answers, their versions, and the menu of a message."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import Chat


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def asked(request, arrives) -> Chat:
    chat = arrives(java_script_enabled=request.param)
    chat.writes("[[say One]]")
    chat.send.click()
    chat.answer.wait_for_text("One")
    chat.answer.wait_for_state("complete")
    return chat


def test_an_edited_question_is_a_new_version_and_both_stay(asked):
    asked.questions.get_by_role("link", name="Edit").click()
    asked.page.get_by_role("textbox", name="Your message").fill("[[say Two]]")
    asked.page.get_by_role("button", name="Save & resend").click()
    asked.answer.wait_for_text("Two")
    expect(asked.questions.locator(".pager")).to_contain_text("2 / 2")

    asked.page.get_by_role("link", name="Previous version").click()
    asked.answer.wait_for_text("One")
    assert "branch=" in asked.page.url

    asked.page.go_back()
    asked.answer.wait_for_text("Two")
    assert len(asked.requests_at_openrouter) == 2


def test_the_text_of_a_question_is_edited_from_its_end(chat):
    chat.asks("[[say One]]").wait_for_state("complete")
    chat.questions.last.hover()
    chat.questions.get_by_role("link", name="Edit").click()
    expect(chat.page.get_by_role("textbox", name="Your message")).to_be_focused()
    chat.page.keyboard.type(" more")

    expect(chat.page.get_by_role("textbox", name="Your message")).to_have_value("[[say One]] more")


def test_a_regenerated_answer_is_a_new_version_and_both_stay(asked):
    asked.answers.last.get_by_role("button", name="Regenerate").click()
    expect(asked.answers.locator(".pager")).to_contain_text("2 / 2")
    asked.answer.wait_for_state("complete")

    asked.page.get_by_role("link", name="Previous version").click()
    expect(asked.answers.locator(".pager")).to_contain_text("1 / 2")


def test_the_menu_forks_and_deletes(asked):
    asked.answers.last.get_by_role("link", name="More").click()
    asked.page.get_by_role("button", name="Branch into new chat").click()
    expect(asked.answers).to_contain_text(["from original chat"])

    asked.answers.last.get_by_role("link", name="More").click()
    asked.page.locator("summary:visible", has_text="Delete").click()
    asked.page.get_by_role("button", name="Delete permanently").click()
    expect(asked.answers).to_have_count(0)
    expect(asked.page.get_by_role("button", name="Get an answer")).to_be_visible()


def test_a_menu_that_grows_stays_in_the_window(arrives):
    chat = arrives(viewport={"width": 390, "height": 560})
    chat.asks("[[say One]]").wait_for_state("complete")
    chat.answers.last.get_by_role("link", name="More").click()
    chat.page.locator("summary:visible", has_text="Delete").click()
    expect(chat.page.get_by_role("button", name="Delete permanently")).to_be_in_viewport(ratio=1)


def test_editing_in_place_by_the_keyboard(opens, person):
    chat = opens(permissions=["clipboard-read", "clipboard-write"])
    chat.is_signed_in(person)
    chat.visits("/")
    chat.asks("[[say *One*]]").wait_for_state("complete")
    edit, field = chat.questions.get_by_role("link", name="Edit"), chat.page.get_by_role("textbox", name="Your message")

    edit.click()
    expect(field).to_be_focused()
    field.fill("nothing")
    field.press("Escape")
    expect(chat.questions).to_contain_text("[[say *One*]]")
    expect(edit).to_be_focused()

    edit.press("Enter")
    field.fill("Other words")
    field.press("Control+s")
    expect(chat.questions).to_contain_text("Other words")
    expect(edit).to_be_focused()

    edit.click()
    field.fill("")
    chat.page_errors.expects("status of 422")
    field.press("Control+Enter")
    expect(chat.questions.get_by_role("alert")).to_have_text(re.compile("Write something first."))
    expect(field).to_be_focused()
    expect(chat.page.locator("#composer-error")).to_be_empty()
    field.fill("[[say Two]]")
    field.press("Control+Enter")
    chat.answer.wait_for_text("Two")
    chat.answer.wait_for_state("complete")
    assert len(chat.requests_at_openrouter) == 2

    chat.page.wait_for_load_state()  # without its script the link leads to the text
    chat.answers.last.get_by_role("link", name="Copy answer").click()
    expect(chat.page.get_by_text("Copied", exact=True)).to_be_attached()
    assert chat.page.evaluate("navigator.clipboard.readText()") == "Two"


def test_an_arriving_answer_does_not_take_the_focus_from_an_edit(arrives):
    chat = arrives()
    chat.asks("[[say One]]").wait_for_state("complete")
    chat.questions.get_by_role("link", name="Edit").click()
    expect(chat.page.get_by_role("textbox", name="Your message")).to_be_focused()

    field = chat.page.get_by_placeholder("Ask anything")
    field.fill("[[tokens n=20 rate=40]]")
    field.press("Enter")
    expect(chat.answers).to_have_count(2)
    chat.answer.wait_for_state("complete")

    expect(field).to_be_focused()


def test_copying_copies_the_markdown(opens, person):
    chat = opens(permissions=["clipboard-read", "clipboard-write"])
    chat.is_signed_in(person)
    chat.visits("/")
    chat.asks("[[say Some **bold** words]]").wait_for_state("complete")
    chat.answers.last.get_by_role("link", name="More").click()
    copy = chat.page.get_by_role("link", name="Copy as Markdown")
    copy.click()

    expect(chat.page.get_by_role("link", name="Copied")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()") == "Some **bold** words"
    chat.page.keyboard.press("Escape")
    expect(chat.answers.last.get_by_role("link", name="More")).to_be_focused()
