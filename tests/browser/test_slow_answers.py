"""A slow answer shows how long it has been, which time limit applies, and what else to do. The limits are short."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import Chat
from tests.site import ImpatientSite
from tests.standin import StandIn

IN_THE_MIDDLE = "[[tokens n=40 rate=100]] [[stall after=20]]"


@pytest.fixture(scope="module")
def site(openrouter: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImpatientSite]:
    with ImpatientSite(tmp_path_factory.mktemp("site"), openrouter_url=openrouter.url) as site:
        yield site


# Whatever the line says, and whether there is a button beside it: it may change at any moment.
LISTEN = """
  window.said = [];
  const look = () => {
    const waiting = document.querySelector(".waiting");
    if (!waiting) return;
    const [line, actions] = waiting.children;
    if (waiting.checkVisibility()) said.push(`${line.textContent} ${actions.checkVisibility() ? "[button]" : ""}`);
  };
  new MutationObserver(look).observe(document.querySelector("#log"), {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
"""


def asks_in_a_tab(chat: Chat, question: str) -> Chat:
    tab = chat.in_another_tab("/")
    tab.page.evaluate(LISTEN)
    tab.asks(question)
    return tab


def was_said(tab: Chat, *patterns: str) -> bool:
    """In this order, with anything in between."""
    return bool(re.search(".*".join(patterns), "|".join(tab.page.evaluate("window.said")), re.DOTALL))


def test_both_time_limits_are_shown_while_waiting_and_afterwards(chat):
    chat.standin.settings.comment_seconds = 0.5
    mute, stalled, broken = (asks_in_a_tab(chat, mark) for mark in ("[[silence]]", "[[stall after=0]]", IN_THE_MIDDLE))

    line = broken.answer.article.locator(".waiting")
    expect(line).to_contain_text("OpenRouter is working on it")
    broken.page.reload()
    expect(line).to_contain_text("Still waiting, 1")  # not from the beginning

    mute.answer.wait_for_state("interrupted")
    assert was_said(
        mute, r"Waiting for the model \|", r"OpenRouter has sent nothing for 1\d s. We give up after 14 s.* \[button\]"
    )
    expect(mute.answer.problem).to_contain_text("sent nothing for 14 seconds.")
    for tab in (stalled, broken):
        tab.answer.wait_for_state("interrupted")
        expect(tab.answer.problem).to_contain_text("worked for 18 seconds without writing anything.")
    assert was_said(
        stalled, r"Waiting for the model \|", r"OpenRouter is working on it. We give up after 18 s.* \[button\]"
    )
    for tab in (mute, stalled, broken):
        expect(tab.answer.article.get_by_role("button", name="Retry with")).to_be_visible()
        expect(tab.answer.action("Retry")).to_be_visible()
    assert mute.in_another_tab().looks_like(mute)  # what the others cost is looked up later
    assert broken.answer.text.split() == [str(number) for number in range(1, 21)]
    assert len(chat.requests_at_openrouter) == 3


def test_another_model_can_be_tried_while_waiting(chat):
    chat.standin.settings.comment_seconds = 0.5  # so that only the longer of the two clocks runs
    answer = chat.asks("[[stall after=0]]")
    button = answer.article.locator(".waiting").get_by_role("button", name="Retry with")
    expect(button).to_be_visible()
    chat.standin.answers("[[say Quick.]]")
    offered = button.get_attribute("value")
    button.click()
    chat.answer.wait_for_text("Quick.")

    first, second = chat.requests_at_openrouter
    assert second.body["model"] == offered != first.body["model"]
    chat.standin.wait_for(lambda: chat.standin.closed_early)
    expect(chat.answers).to_have_count(1)
