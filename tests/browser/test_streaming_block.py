"""The open block of a streaming answer grows in place and is not replaced with each word."""

import re

from playwright.sync_api import expect

TAIL = '[id^="tail-"]'


def test_words_are_appended_to_the_open_paragraph(chat):
    answer = chat.asks("[[tokens n=2000 rate=30]]")
    answer.wait_for_text("4 5 6")
    paragraph = answer.article.locator(f"{TAIL} > p")
    paragraph.evaluate("element => { element.isTheFirst = true }")
    expect(paragraph).to_have_text(re.compile("40 41 42"))

    assert paragraph.evaluate("element => element.isTheFirst") is True
    words = paragraph.evaluate("element => element.textContent").split(" ")
    assert words == [str(number) for number in range(1, len(words) + 1)]


def test_a_selection_in_the_open_block_stays(chat):
    answer = chat.asks("[[tokens n=2000 rate=30]]")
    answer.wait_for_text("4 5 6")
    selected = answer.article.locator(f"{TAIL} > p").evaluate(
        "element => { getSelection().selectAllChildren(element); return element.textContent }"
    )
    answer.wait_for_text("40 41 42")

    assert chat.page.evaluate("String(getSelection())").strip() == selected.strip()
