"""A chat in print, and in forced colours."""

import pytest
from playwright.sync_api import expect

from tests.browser.states.answers import WIDE

IS_SHOWN = "elements => elements.some((element) => element.checkVisibility())"
CUT = """
() => [...document.querySelectorAll("#log :not(.visually-hidden)")]
  .filter((element) => getComputedStyle(element).overflowX !== "visible")
  .filter((element) => element.scrollWidth > element.clientWidth + 1)
  .map((element) => element.outerHTML.slice(0, 100))
"""


@pytest.fixture
def answered(chat):
    chat.asks(WIDE).wait_for_state("complete")
    chat.asks("[[citations]]").wait_for_state("complete")
    return chat


def test_a_printed_chat_has_text_and_no_buttons(answered):
    page = answered.page
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})  # A4

    assert not page.locator("button, nav, textarea, select, .message-tools a").evaluate_all(IS_SHOWN)
    assert page.evaluate(CUT) == []
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    expect(answered.answer.article.locator(".facts")).to_be_visible()
    address = "element => getComputedStyle(element, '::after').content"
    assert "https://" in answered.answer.article.locator(".sources a").first.evaluate(address)
    heights = "[document.querySelector('#log').getBoundingClientRect().bottom, document.documentElement.scrollHeight]"
    end_of_log, end_of_page = page.evaluate(heights)
    assert -1 <= end_of_page - end_of_log < 100  # pages have whole pixels


def test_marks_and_borders_are_visible_in_forced_colours(answered):
    page = answered.page
    answered.chooses_model("Nano Banana")
    answered.message.fill("x" * 122_000)  # whatever the site has learned of its tokens
    page.get_by_text("This chat takes up").wait_for()
    page.emulate_media(forced_colors="active")

    style = "(element, [pseudo, name]) => getComputedStyle(element, pseudo)[name]"
    meter = page.locator("#composer").evaluate(style, ["::after", "backgroundImage"])
    assert "gradient" in meter
    ground = page.locator("body").evaluate(style, [None, "backgroundColor"])
    for edge in (".text", "#composer", ".code", ".message-tools .button", "#chat-heading button"):
        assert page.locator(edge).last.evaluate(style, [None, "borderBottomColor"]) != ground, edge
    icon = page.locator("#open-search .icon").evaluate(style, [None, "stroke"])
    assert icon != ground
    answered.message.focus()
    assert page.locator("#composer").evaluate(style, [None, "outlineStyle"]) == "solid"
