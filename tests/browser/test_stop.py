"""Stop ends the answer at OpenRouter too, whatever it is doing, and keeps the text so far."""

import pytest
from playwright.sync_api import expect


def openrouter_saw_us_leave(chat) -> bool:
    return bool(chat.standin.wait_for(lambda: not chat.standin.open_streams and chat.standin.closed_early))


@pytest.mark.smoke
def test_stop_while_text_streams(chat):
    answer = chat.asks("[[tokens n=2000 rate=40]]")
    answer.wait_for_text("4 5 6 7")
    chat.stop.click()
    answer.wait_for_state("stopped")

    assert openrouter_saw_us_leave(chat)
    assert answer.text.split()[:5] == ["1", "2", "3", "4", "5"]
    expect(answer.article).to_contain_text("Stopped")
    expect(chat.send).to_be_visible()


@pytest.mark.parametrize(
    "question",
    ["[[silence]]", "[[slow first=60]]", "[[tokens n=40]] [[mute after=10]]", "[[tokens n=40]] [[stall after=10]]"],
    ids=["before any header", "while only comments come", "on a line that fell silent", "in a stalled answer"],
)
def test_stop_while_nothing_comes(chat, question):
    answer = chat.asks(question)
    chat.standin.wait_for(lambda: chat.requests_at_openrouter)
    if "tokens" in question:
        answer.wait_for_text("8 9 10")
    chat.stop.click()
    answer.wait_for_state("stopped")

    expect(chat.send).to_be_visible()
    assert openrouter_saw_us_leave(chat)
    if "tokens" in question:
        assert answer.text.split() == [str(number) for number in range(1, 11)]


def test_the_chat_goes_on_after_stop(chat):
    chat.asks("[[tokens n=2000 rate=40]]").wait_for_text("1 2 3")
    chat.stop.click()
    chat.answer.wait_for_state("stopped")

    chat.asks("[[say Back again.]]").wait_for_text("Back again.")

    assert len(chat.requests_at_openrouter) == 2


def test_a_second_tab_shows_the_stopped_answer(chat):
    chat.asks("[[tokens n=2000 rate=40]]").wait_for_text("1 2 3")
    second = chat.in_another_tab()
    second.answer.wait_for_text("1 2 3")
    second.stop.click()

    chat.answer.wait_for_state("stopped")
    expect(chat.send).to_be_visible()
    assert second.looks_like(chat)
