"""Reading an answer while it streams: selecting text, links to sources, wrapping and copying code, thoughts."""

import json
from threading import Event

from playwright.sync_api import expect

from tests.browser.wait import settled
from tests.standin.wire import DONE, Wire, citation

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")

LONG_LINE = "loaf = " + " + ".join(f"flour[{number}]" for number in range(60))
CODE = "\n".join([LONG_LINE, *(f"bake({number})" for number in range(120))])
SELECT = """
paragraph => {
  getSelection().selectAllChildren(paragraph);
  window.selected = { paragraph, text: paragraph.firstChild, words: String(getSelection()) };
}
"""
IS_AS_IT_WAS = """
() => {
  const { paragraph, text, words } = window.selected;
  const selection = getSelection();
  return selection.anchorNode === paragraph && paragraph.isConnected && paragraph.firstChild === text
    && text.isConnected && String(selection) === words && words.length > 100;
}
"""


def test_numbers_in_the_text_link_to_the_sources_once_they_are_known(chat):
    """They come at the end. The page stays where it is, and is what a fresh one is."""
    paragraphs = [
        f"Bread needs flour, water, salt and time, says number {number}.[{number % 3}]" for number in range(60)
    ]
    notes = [citation("https://a.example", "A"), citation("https://b.example", "B")]
    chunks, may_end = [wire.text(f"{each}\n\n") for each in paragraphs], Event()
    end = [wire.citations(notes), wire.chunk({}, "stop"), DONE]
    chat.standin.answers_raw([*chunks, may_end, *end], pause_seconds=0.03)
    answer = chat.asks("Why?")
    answer.wait_for_text("says number 30")
    chat.page.mouse.wheel(0, -10_000)
    chat.page.evaluate("scrollTo(0, 200)")
    before = chat.page.evaluate("scrollY")
    may_end.set()
    answer.wait_for_state("complete")

    links = answer.article.locator(".prose a")
    expect(links).to_have_count(40)
    expect(links.first).to_have_attribute("href", "https://a.example")
    assert chat.page.evaluate("scrollY") == before
    live = answer.article.locator("[id^='done-']").evaluate("element => element.innerHTML")
    chat.page.reload()
    assert answer.article.locator("[id^='done-']").evaluate("element => element.innerHTML") == live


def test_a_selection_survives_the_end_of_the_answer(chat):
    answer = chat.asks("[[markdown kb=5 rate=600]]")
    answer.wait_for_text("3. Part 3")
    answer.article.locator("[id^='done-'] > p").first.evaluate(SELECT)
    answer.wait_for_state("complete")
    expect(answer.article.locator(".facts")).to_be_visible()
    expect(answer.article.locator(".code-bar").last.get_by_role("button", name="Copy")).to_be_visible()

    assert chat.page.evaluate(IS_AS_IT_WAS)


def test_the_buttons_of_a_long_block_of_code_stay_visible(chat):
    chat.browser.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = chat.asks(f"[[say ```python\n{CODE}\n```]]")
    answer.wait_for_state("complete")
    code, bar = answer.article.locator("pre"), answer.article.locator(".code-bar")
    copy, wrap = bar.get_by_role("button", name="Copy"), bar.get_by_role("button", name="Wrap")
    code.evaluate("e => e.scrollLeft = 500")
    code.evaluate("e => e.scrollIntoView({ block: 'center' })")
    expect(copy).to_be_in_viewport(ratio=1)
    assert code.evaluate("e => e.scrollWidth > e.clientWidth && e.scrollLeft > 400")

    wrap.click()
    assert code.evaluate("e => e.scrollWidth === e.clientWidth")
    copy.click()
    expect(bar.get_by_role("button", name="Copied")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()") == CODE  # with a line end it would run in a terminal

    chat.asks("[[say ```\nshort\n```]]").wait_for_state("complete")
    expect(chat.answer.action("Wrap")).to_have_attribute("aria-pressed", "true")


def test_the_request_of_an_answer_can_be_copied(chat):
    chat.browser.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.asks("[[say Yes]]").wait_for_state("complete")
    chat.answer.article.locator("[data-menu]").click()
    chat.page.get_by_role("link", name="What this chat sent").click()
    chat.page.wait_for_load_state()  # without its script the link leads to the text
    chat.page.get_by_role("link", name="Copy").click()
    expect(chat.page.get_by_role("link", name="Copied")).to_be_visible()

    copied = json.loads(chat.page.evaluate("navigator.clipboard.readText()"))
    assert copied == chat.requests_at_openrouter[-1].body
    assert chat.page.url.endswith("/request/")


def test_thoughts_scroll_in_a_box_and_do_not_move_the_page(chat):
    chat.asks("[[tokens n=900 rate=9000]]").wait_for_state("complete")
    answer = chat.asks("[[reasoning n=400]] [[rate n=250]]")  # more than anybody waits for
    window = answer.article.locator(".window")
    is_at_end = "e => e.scrollTop > 200 && e.scrollHeight - e.scrollTop - e.clientHeight < 2"
    chat.page.wait_for_function(is_at_end, arg=window.element_handle())
    assert window.evaluate("e => e.clientHeight") == 320  # 20 rem

    window.evaluate("e => { window.seen = e.querySelector('p:nth-child(2)') }")
    window.hover()
    while window.evaluate("e => e.scrollTop"):  # what comes during one turn of the wheel may move it back
        chat.page.mouse.wheel(0, -5000)
        chat.page.wait_for_timeout(50)
    look = "() => [window.seen.getBoundingClientRect().top, document.querySelector('#conversation').scrollTop]"
    before = settled(chat, lambda: chat.page.evaluate(look))
    count = window.locator("p").count()
    expect(window.locator("p").nth(count + 3)).to_be_attached()
    assert chat.page.evaluate(look) == before

    while not window.evaluate(is_at_end):  # what comes during one turn of the wheel may be more than it moves
        chat.page.mouse.wheel(0, 20_000)
        chat.page.wait_for_timeout(50)
    chat.page.wait_for_function(is_at_end, arg=window.element_handle())
    chat.stop.click()
    answer.wait_for_state("stopped")
    expect(window).to_be_hidden()


def test_thoughts_that_were_opened_by_hand_stay_open(chat):
    answer = chat.asks("[[reasoning n=12]] [[tokens n=40]] [[rate n=900]] [[mute after=20]]")
    answer.wait_for_text("4 5 6")
    window = answer.article.locator(".window")
    expect(window).to_be_hidden()
    answer.article.get_by_text("Thought for").click()
    chat.stop.click()
    answer.wait_for_state("stopped")

    expect(window).to_be_visible()
    assert window.evaluate("e => e.clientHeight === e.scrollHeight && !e.hasAttribute('data-cut')")
