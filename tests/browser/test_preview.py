"""Previews of pages that a model wrote: in a frame without scripts, which somebody can allow, and in full screen."""

import re
from threading import Event

from playwright.sync_api import expect

from tests.browser.preview import code, frame_in, requested_urls, shows, wire
from tests.browser.wait import until
from tests.standin.wire import DONE

COUNTER = """<h1>Guests</h1><button id="more">More</button> <output id="count">0</output>
<script>more.addEventListener("click", () => count.value++)</script>"""

LAYERS = "history.state?.layers"


def test_scripts_of_a_page_run_only_after_a_press(chat):
    asked = requested_urls(chat)
    answer = chat.asks(code("html", COUNTER))
    answer.wait_for_state("complete")
    expect(answer.action("Preview")).to_be_visible()
    assert not re.search("preview|code-view", str(asked)), "before the press nothing is loaded"

    answer.action("Preview").click()
    panel = answer.article.locator("dialog.code-view")
    page = frame_in(panel)
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()
    expect(panel.get_by_role("status")).to_have_text("This page has scripts. They're off.")
    expect(answer.article.locator("pre")).to_be_hidden()
    expect(answer.action("Preview")).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="More").click()
    expect(page.locator("output")).to_have_text("0")

    panel.get_by_role("button", name="Run scripts").click()
    expect(panel.get_by_role("status")).to_have_text("Scripts are on, without network access.")
    page.get_by_role("button", name="More").click()
    expect(page.locator("output")).to_have_text("1")
    panel.get_by_role("button", name="Stop scripts").click()
    expect(panel.get_by_role("button", name="Run scripts")).to_be_visible()
    panel.get_by_role("button", name="Source", exact=True).click()
    expect(answer.article.locator("pre")).to_be_visible()
    expect(answer.action("Preview")).to_be_focused()
    assert not [url for url in asked if "mermaid" in url]


def test_a_page_without_scripts_has_no_button_to_run_them(chat):
    panel = shows(chat, "HTML", "<p>Only words, and <a href='#x'>a link</a>.</p>")

    expect(frame_in(panel).get_by_text("Only words")).to_be_visible()
    expect(panel.get_by_role("status")).to_have_text("")
    expect(panel.get_by_role("button", name="Run scripts")).to_be_hidden()


def test_scripts_in_attributes_count_too(chat):
    chat.page_errors.expects("Executing inline event handler")  # what the browser says of those that are off
    panel = shows(chat, "html", """<button onclick="this.textContent = 'Pressed'">Press</button>""")
    panel.get_by_role("button", name="Run scripts").click()
    expect(panel.get_by_role("button", name="Stop scripts")).to_be_visible()
    frame_in(panel).get_by_role("button").click()

    expect(frame_in(panel).get_by_role("button")).to_have_text("Pressed")


def test_a_block_is_shown_while_the_answer_goes_on_and_after_a_reload(chat):
    may_end = Event()
    chunks = [
        wire.text(f"```html\n{COUNTER}\n```\n\nMore"),
        may_end,
        wire.text(" words."),
        wire.chunk({}, "stop"),
        DONE,
    ]
    chat.standin.answers_raw(chunks)
    answer = chat.asks("A page, please.")
    answer.wait_for_text("More")
    answer.action("Preview").click()
    page = frame_in(answer.article.locator("dialog.code-view"))
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()
    may_end.set()
    answer.wait_for_state("complete")
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()

    chat.page.reload()
    chat.answer.action("Preview").click()
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()


def test_a_block_of_a_continued_answer_is_shown(chat):
    chat.standin.answers_raw([wire.text(f"```html\n{COUNTER}\n"), wire.chunk({}, "length"), DONE])
    answer = chat.asks("A page, please.")
    answer.wait_for_state("complete")
    chat.standin.answers_raw([wire.text("<p>Continued</p>\n```\n"), wire.chunk({}, "stop"), DONE])
    answer.action("Continue").click()
    answer.wait_for_text("Continued")
    answer.wait_for_state("complete")
    chat.answer.action("Preview").click()

    page = frame_in(chat.answer.article.locator("dialog.code-view"))
    expect(page.get_by_role("heading", name="Guests")).to_be_visible()
    expect(page.get_by_text("Continued")).to_be_visible()


def test_each_of_several_answers_has_its_own_preview(chat):
    chat.visits("/?compare=anthropic/claude-haiku-4.5")
    chat.writes(code("html", COUNTER))
    chat.send.click()
    expect(chat.conversation.get_by_role("button", name="Preview")).to_have_count(2)
    for number in range(2):
        chat.conversation.get_by_role("button", name="Preview").nth(number).click()
        page = chat.conversation.locator("dialog.code-view").nth(number).frame_locator("iframe")
        expect(page.get_by_role("heading", name="Guests")).to_be_visible()


def test_full_screen_is_closed_in_every_way(chat):
    panel = shows(chat, "html", COUNTER)
    page = frame_in(panel)
    panel.get_by_role("button", name="Run scripts").click()
    page.get_by_role("button", name="More").click()
    full = panel.get_by_role("button", name="Full screen", exact=True)

    def escape_inside() -> None:
        page.get_by_role("button", name="More").focus()
        chat.page.keyboard.press("Escape")

    address = chat.page.url
    for leave in (
        lambda: chat.page.keyboard.press("Escape"),
        lambda: chat.page.go_back(),
        lambda: panel.get_by_role("button", name="Exit full screen").click(),
        escape_inside,
    ):
        full.click()
        expect(panel).to_have_js_property("clientWidth", chat.page.viewport_size["width"])
        expect(panel.get_by_role("button", name="Exit full screen")).to_be_focused()
        until(chat, lambda: chat.page.evaluate(LAYERS) == 1)
        leave()
        expect(full).to_be_focused()
        until(chat, lambda: not chat.page.evaluate(LAYERS))
        assert chat.page.url == address
        expect(page.locator("output")).to_have_text("1")  # it is still the same page
