"""Continue: an answer that broke off goes on where it ended, and stays one answer."""

from threading import Event

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import Chat

COUNT = "[[tokens n=60 rate=60]]"


def numbers(up_to: int) -> list[str]:
    return [str(number) for number in range(1, up_to + 1)]


def broken_answer(chat: Chat, question: str = COUNT, *, after: int = 20) -> None:
    """An answer whose connection to OpenRouter breaks after so many tokens."""
    chat.standin.answers(f"{question} [[cut after={after}]]")
    chat.asks(question).wait_for_state("interrupted")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_an_answer_is_continued_where_the_connection_broke(arrives, scripts):
    chat = arrives(java_script_enabled=scripts)
    chat.standin.answers(f"{COUNT} [[cut after=20]]")
    chat.writes(COUNT)
    chat.send.click()
    chat.answer.wait_for_state("interrupted")

    chat.answer.action("Continue").click()
    chat.answer.wait_for_text("19 20 21 22")  # as it comes in
    chat.answer.wait_for_state("complete")

    assert chat.answer.text.split() == numbers(60)
    expect(chat.answers).to_have_count(1)
    expect(chat.answer.problem).to_have_count(0)
    expect(chat.answer.article.locator(".pager")).to_have_count(0)
    assert not scripts or chat.in_another_tab().looks_like(chat)
    assert len(chat.requests_at_openrouter) == 2


def test_the_old_text_is_shown_while_the_model_is_waited_for(chat):
    broken_answer(chat, "[[markdown kb=2 rate=1000]] and more", after=100)
    before = chat.answer.text.split()
    chat.standin.answers("[[silence]]")

    chat.answer.action("Continue").click()
    chat.answer.wait_for_text("Waiting for the model")

    assert "".join(chat.answer.text.split()) == "".join(before)  # blocks that are open stand apart from finished ones
    chat.stop.click()
    chat.answer.wait_for_state("stopped")
    assert chat.in_another_tab().looks_like(chat)
    chat.answer.action("Continue").click()
    chat.answer.wait_for_state("complete")
    assert chat.in_another_tab().looks_like(chat)


def test_a_model_that_cannot_continue_answers_again_in_the_open_page(chat):
    broken_answer(chat)
    refusal = b'{"error":{"code":400,"message":"This model does not support assistant message prefill."}}'
    is_there = Event()  # the page with the old text
    chat.standin.answers_raw([b" ", is_there, refusal], status=400, content_type="application/json")
    chat.standin.answers("[[say All anew.]]")

    chat.answer.action("Continue").click()
    chat.answer.wait_for_text("Waiting for the model")
    is_there.set()
    chat.answer.wait_for_text("All anew.")
    chat.answer.wait_for_state("complete")

    assert chat.answer.text == "All anew."
    expect(chat.send).to_be_visible()
    chat.answer.article.get_by_role("link", name="Previous version").click()
    expect(chat.answer.article.get_by_text("18 19 20")).to_be_visible()


def test_only_the_newest_answer_offers_continue(chat):
    broken_answer(chat)
    expect(chat.answer.action("Continue")).to_be_visible()
    stopped = chat.asks("[[tokens n=2000 rate=40]]")
    stopped.wait_for_text("1 2 3")
    chat.stop.click()
    expect(stopped.action("Continue")).to_be_visible()
    chat.asks("[[say Hello]]").wait_for_state("complete")

    for tab in (chat, chat.in_another_tab()):
        expect(tab.conversation.get_by_role("button", name="Continue")).to_have_count(0)
