"""A wait for credits that other answers have reserved is counted down in every tab."""

import re

from playwright.sync_api import expect

RESERVED = re.compile(r"Waiting \d+ s: your other answers have reserved your credits\.")


def wait_notice(chat):
    return chat.answer.article.locator(".waiting > p").first


def seconds(chat) -> int:
    return int(re.findall(r"\d+", wait_notice(chat).inner_text())[0])


def test_every_tab_counts_down_and_stop_ends_the_wait(chat):
    chat.standin.answers(402, kind="in-flight", retry_after=55)
    chat.asks("[[say Hello]]")
    expect(wait_notice(chat)).to_have_text(RESERVED)
    at_first = seconds(chat)
    chat.standin.wait_for(lambda: seconds(chat) < at_first)
    second = chat.in_another_tab()
    expect(wait_notice(second)).to_have_text(RESERVED)
    chat.page.reload()
    expect(wait_notice(chat)).to_have_text(RESERVED)
    assert seconds(chat) < at_first
    expect(chat.answer.article.locator(".waiting .actions")).to_be_hidden()
    second.stop.click()

    chat.answer.wait_for_state("stopped")
    expect(chat.send).to_be_visible()
    assert second.looks_like(chat)
    assert len(chat.requests_at_openrouter) == 1


def test_the_answer_starts_by_itself(chat):
    chat.standin.answers(402, kind="in-flight", retry_after=8)
    chat.standin.answers("[[slow first=3]] [[say Hello]]")
    chat.asks("Hello?")
    expect(wait_notice(chat)).to_have_text(RESERVED)
    expect(wait_notice(chat)).to_have_text("Waiting for the model")
    chat.answer.wait_for_text("Hello")
    chat.answer.wait_for_state("complete")

    assert chat.in_another_tab().looks_like(chat)
    assert len(chat.requests_at_openrouter) == 2
