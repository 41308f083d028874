"""A page that was open while an answer streamed shows the same messages, byte for byte, after a reload."""

import pytest

from tests.browser.paused_answers import answers_and_pauses
from tests.standin.prose import markdown_document

ENDINGS = {
    "in words": ("Hello", "complete"),
    "with code, a table and lists": ("[[markdown kb=3 rate=400]]", "complete"),
    "with thoughts": ("[[reasoning]] and then?", "complete"),
    "with thoughts alone": ("[[onlyreasoning]]", "failed"),
    "with a drawing and sources": ("[[image]] [[citations]]", "complete"),
    "with hostile HTML": ("[[xss]]", "complete"),
    "at its length limit": ("[[length]]", "complete"),
    "refused": ("[[error 402 credits]]", "failed"),
    "with an error in the middle": ("[[tokens n=60]] [[midstream code=502 after=20]]", "failed"),
    "on a broken line": ("[[tokens n=60]] [[cut after=20]]", "interrupted"),
}


@pytest.mark.parametrize(("question", "state"), ENDINGS.values(), ids=ENDINGS.keys())
def test_an_answer_looks_the_same_after_a_reload(chat, question, state):
    answer = chat.asks(question)

    assert answer.wait_for_end() == state
    assert chat.in_another_tab().looks_like(chat)
    assert len(chat.requests_at_openrouter) == 1


def test_a_stopped_answer_looks_the_same_after_a_reload(chat):
    answer = chat.asks("[[tokens n=2000 rate=40]]")
    answer.wait_for_text("5 6 7")
    chat.stop.click()
    answer.wait_for_state("stopped")

    assert chat.in_another_tab().looks_like(chat)
    assert len(chat.requests_at_openrouter) == 1


@pytest.mark.smoke
def test_an_answer_goes_on_after_a_reload_in_the_middle(chat):
    may_end = answers_and_pauses(chat.standin, markdown_document(4))
    answer = chat.asks("A document, please.")
    answer.wait_for_text("Part 1")
    chat.page.reload()
    answer.wait_for_state("streaming")
    may_end.set()
    answer.wait_for_state("complete")

    assert chat.in_another_tab().looks_like(chat)
    assert len(chat.requests_at_openrouter) == 1


def test_a_second_tab_follows_the_same_answer(chat):
    may_end = answers_and_pauses(chat.standin, markdown_document(4))
    answer = chat.asks("A document, please.")
    answer.wait_for_text("Part 1")
    second = chat.in_another_tab()
    second.answer.wait_for_text("Part 1")
    may_end.set()
    second.answer.wait_for_state("complete")
    answer.wait_for_state("complete")

    assert second.looks_like(chat)
    assert chat.in_another_tab().looks_like(chat)
    assert len(chat.requests_at_openrouter) == 1
