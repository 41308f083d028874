"""A refusal of OpenRouter is a sentence with an action in place of the answer, also after a reload."""

import re

import pytest
from playwright.sync_api import expect

from tests.standin.errors import ERRORS

# 401 ends the key: a story of its own below.
REFUSALS = [f"{error.status} {error.kind}" for error in sorted(ERRORS, key=lambda e: e.status) if error.status != 401]
IN_ONE_CHAT = 8
CHATS = [REFUSALS[first : first + IN_ONE_CHAT] for first in range(0, len(REFUSALS), IN_ONE_CHAT)]


@pytest.mark.parametrize("refusals", CHATS, ids=lambda refusals: f"{refusals[0]} to {refusals[-1]}")
def test_each_refusal_is_a_sentence_with_an_action_that_survives_a_reload(chat, refusals):
    for refusal in refusals:
        answer = chat.asks(f"[[error {refusal} retry_after=1]]")  # the site waits so long before it asks again
        expect(answer.article, refusal).to_have_attribute("data-state", "failed")
        expect(answer.problem.locator("p").first, refusal).to_have_text(re.compile(r"^\s*[A-Z].+\.\s*$"))
        expect(answer.problem.locator("a, button").first, refusal).to_be_visible()

    assert chat.in_another_tab().looks_like(chat)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("[[drop]]", "was lost before the answer started"),
        ("[[sole-error 502 provider]]", "isn't responding right now"),
        ("[[tokens n=40]] [[cut after=20]]", "was lost before the answer was complete"),
        ("[[tokens n=40]] [[reset after=20]]", "was lost before the answer was complete"),
        ("[[tokens n=40]] [[enddata]]", "was lost before the answer was complete"),
    ],
)
def test_a_broken_connection_is_a_sentence_with_an_action(chat, question, sentence):
    answer = chat.asks(question)

    assert answer.wait_for_end() in ("failed", "interrupted")
    expect(answer.problem).to_contain_text(sentence)
    expect(answer.action("Retry")).to_be_visible()
    if "tokens" in question:
        assert answer.text.split()[:15] == [str(number) for number in range(1, 16)]


def test_retry_sends_the_question_again(chat):
    chat.standin.answers(502)
    chat.asks("What now?").wait_for_state("failed")

    chat.answer.action("Retry").click()

    chat.answer.wait_for_state("complete")
    chat.answer.wait_for_text("What now?")
    expect(chat.answer.problem).to_have_count(0)
    expect(chat.questions).to_have_count(1)
    assert len(chat.requests_at_openrouter) == 2


def test_retry_works_after_a_reload_too(chat):
    chat.standin.answers(429, kind="per-minute")
    chat.asks("What now?").wait_for_state("failed")
    chat.page.reload()

    chat.answer.action("Retry").click()

    chat.answer.wait_for_state("complete")
    assert len(chat.requests_at_openrouter) == 2


def test_the_text_before_a_broken_connection_can_still_be_read(chat):
    chat.standin.answers("[[tokens n=40]] [[cut after=20]]")
    chat.asks("Count").wait_for_state("interrupted")

    chat.answer.action("Retry").click()
    chat.answer.wait_for_state("complete")
    chat.answer.article.get_by_role("link", name="Previous version").click()

    expect(chat.answer.article.get_by_text("1 2 3 4 5")).to_be_visible()


def test_without_credit_it_links_to_the_credits_page(chat):
    answer = chat.asks("[[error 402 credits]]")
    expect(answer.problem).to_contain_text("Your OpenRouter credits have run out.")

    answer.action("Add credits").click()

    expect(chat.page).to_have_url(f"{chat.standin.url}/settings/credits")


def test_with_an_invalid_key_signing_in_leads_back_to_the_question(chat, person):
    chat.asks("Before").wait_for_state("complete")
    address = chat.page.url
    for key in list(chat.standin.people.keys.values()):
        if key.person.name == person:
            chat.standin.revoke(key.secret)
    chat.asks("After").wait_for_state("failed")

    chat.answer.action("Sign in again").click()
    chat.decides(person=person)
    expect(chat.page).to_have_url(address)
    chat.answer.action("Retry").click()

    chat.answer.wait_for_state("complete")
    chat.answer.wait_for_text("After")


def test_no_text_is_lost_while_the_server_is_away(chat):
    chat.page_errors.expects("ERR_FAILED|Failed to fetch")
    chat.page.route("**/chats/**", lambda route: route.abort())
    chat.writes("Precious words")
    chat.send.click()

    expect(chat.error).to_contain_text("couldn't be sent. Check your connection")
    expect(chat.message).to_have_value("Precious words")
    chat.page.unroute("**/chats/**")
    chat.send.click()
    chat.answer.wait_for_text("Precious words")


def test_an_action_that_fails_says_so_and_opens_no_other_menu(chat):
    chat.asks("One").wait_for_state("complete")
    chat.asks("Two").wait_for_state("complete")
    more, menu = chat.answers.get_by_role("link", name="More"), chat.page.locator("#message-menu")
    alert = chat.page.locator("#composer-error")
    more.last.click()
    expect(menu).to_be_visible()
    chat.page.keyboard.press("Escape")

    for expected in ("ERR_INTERNET_DISCONNECTED", "Failed to fetch", "404"):
        chat.page_errors.expects(expected)
    chat.browser.set_offline(True)
    more.first.click()
    expect(alert).to_have_text("That didn't work. Check your connection and try again.")
    expect(menu).to_be_hidden()
    chat.browser.set_offline(False)
    more.first.click()
    expect(menu).to_be_visible()
    expect(alert).to_have_text("")
    chat.page.keyboard.press("Escape")

    other_tab = chat.in_another_tab().page
    other_tab.get_by_role("button", name="Chat options").click()
    other_tab.locator("#chat-tools").get_by_role("button", name="Delete").click()
    expect(other_tab).to_have_url(re.compile("deleted="))
    chat.questions.first.get_by_role("link", name="Edit").click()
    expect(alert).to_contain_text("This has been deleted.")
    chat.message.fill("Three")
    chat.send.click()
    expect(alert).to_contain_text("This has been deleted.")
    expect(chat.message).to_have_value("Three")
