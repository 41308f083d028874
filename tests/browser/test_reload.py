"""A page that was watched live and one that is loaded afterwards show the same messages, byte for byte."""

import pytest

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
    assert chat.in_another_tab().articles() == chat.articles()
    assert len(chat.requests_at_openrouter) == 1


def test_stopped_it_looks_the_same_after_a_reload(chat):
    answer = chat.asks("[[tokens n=300 rate=40]]")
    answer.wait_for_text("5 6 7")
    chat.stop.click()
    answer.wait_for_state("stopped")

    assert chat.in_another_tab().articles() == chat.articles()
    assert len(chat.requests_at_openrouter) == 1


def test_reloaded_in_the_middle_it_goes_on_to_the_same_end(chat):
    answer = chat.asks("[[markdown kb=4 rate=300]]")
    answer.wait_for_text("Part 1")
    chat.page.reload()
    answer.wait_for_state("complete")

    assert chat.in_another_tab().articles() == chat.articles()
    assert len(chat.requests_at_openrouter) == 1


def test_a_second_tab_follows_the_same_answer(chat):
    answer = chat.asks("[[markdown kb=4 rate=300]]")
    answer.wait_for_text("Part 1")
    second = chat.in_another_tab()
    second.answer.wait_for_state("complete")
    answer.wait_for_state("complete")

    assert second.articles() == chat.articles() == chat.in_another_tab().articles()
    assert len(chat.requests_at_openrouter) == 1
