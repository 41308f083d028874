"""One question to several models: chosen in the picker, answered in columns, and one answer is followed."""

import re

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.browser.chat_page import Answer, Chat
from tests.browser.conftest import PHONE
from tests.browser.paused_answers import answers_in_parts
from tests.browser.test_model_picker import Picker

HAIKU, SONNET = "anthropic/claude-haiku-4.5", "anthropic/claude-sonnet-5"
MINI, GROK = "openai/gpt-5.4-mini", "x-ai/grok-4.5"


def chooses(chat: Chat, *models: str) -> Picker:
    """Choose further models in the picker, and close it."""
    picker = Picker(chat)
    picker.dialog.get_by_role("button", name="Compare", exact=True).click()
    expect(picker.list).to_have_attribute("aria-multiselectable", "true")
    for model in models:
        picker.row(model).click()
    picker.dialog.get_by_role("button", name="Close").click()
    return picker


def chips(chat: Chat) -> Locator:
    return chat.page.get_by_role("group", name="Compare with").get_by_role("checkbox")


def group(chat: Chat) -> Locator:
    return chat.conversation.get_by_role("group", name=re.compile("answers side by side"))


def columns(chat: Chat) -> list[Answer]:
    """Two answers, which need not be there yet: without scripts the page may just be loading."""
    articles = group(chat).locator("article")
    return [Answer(articles.nth(number)) for number in range(2)]


def box_of(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box
    return box


def asks_two(chat: Chat, text: str) -> list[Answer]:
    chooses(chat, HAIKU)
    chat.writes(text)
    chat.send.click()
    expect(group(chat).locator("article")).to_have_count(2)
    return columns(chat)


@pytest.mark.smoke
def test_two_models_stream_at_once_and_one_is_stopped(chat):
    first, second = asks_two(chat, "[[tokens n=4000 rate=30]]")
    first.wait_for_text("4 5 6")
    second.wait_for_text("4 5 6")
    expect(chips(chat)).to_have_count(0)
    assert len({request.body["model"] for request in chat.requests_at_openrouter}) == 2

    group(chat).get_by_role("button", name="Stop Claude Haiku 4.5").click()
    second.wait_for_state("stopped")
    assert first.state == "streaming"
    expect(group(chat).get_by_role("button", name="Stop Claude Haiku 4.5")).to_be_hidden()
    expect(chat.stop).to_be_visible()

    chat.stop.click()
    first.wait_for_state("stopped")
    expect(chat.send).to_be_visible()


def test_stop_at_the_composer_ends_all_answers(chat):
    answers = asks_two(chat, "[[tokens n=4000 rate=30]]")
    answers[1].wait_for_text("4 5 6")
    chat.stop.click()

    for answer in answers:
        answer.wait_for_state("stopped")
    expect(chat.send).to_be_visible()


def test_each_answer_shows_its_cost_and_a_fresh_page_looks_the_same(chat):
    for answer in asks_two(chat, "[[say Hello.]]"):
        answer.wait_for_state("complete")
        expect(answer.article.locator(".facts summary")).to_contain_text("$")
    expect(chat.page.locator("#chat-cost")).to_contain_text("$")

    assert chat.looks_like(chat.in_another_tab())


def test_answers_go_on_after_a_reload(chat):
    both_may_end = [answers_in_parts(chat.standin, "4 5 6 ", "7 8 9")[0] for _ in range(2)]
    asks_two(chat, "Count.")[1].wait_for_text("4 5 6")
    chat.page.reload()
    for may_end in both_may_end:
        may_end.set()

    for answer in columns(chat):
        answer.wait_for_text("7 8 9")
        answer.wait_for_state("complete")
    expect(chat.send).to_be_visible()
    assert len(chat.requests_at_openrouter) == 2


def test_the_chat_goes_on_with_the_chosen_answer(chat):
    for answer in asks_two(chat, "[[say Hello.]]"):
        answer.wait_for_state("complete")
    group(chat).get_by_role("link", name="Go on with this one: Claude Haiku 4.5").click()
    expect(chat.answers).to_have_count(1)
    expect(chat.answer.article.locator(".facts summary")).to_contain_text("Claude Haiku 4.5")

    chat.asks("[[say More.]]").wait_for_state("complete")
    expect(chat.answers).to_have_count(2)
    chat.page.reload()
    expect(chat.answers).to_have_count(2)
    expect(chat.answers.first.locator(".facts summary")).to_contain_text("Claude Haiku 4.5")


def test_without_a_choice_the_chat_goes_on_with_the_first_answer(chat):
    for answer in asks_two(chat, "[[say Hello.]]"):
        answer.wait_for_state("complete")
    expect(group(chat).locator(".go-on").first).to_contain_text("Your next message follows this answer")
    chat.writes("[[say More.]]")
    chat.send.click()

    chat.answer.wait_for_text("More.")
    expect(chat.answers).to_have_count(2)
    expect(chat.page.get_by_role("link", name=re.compile("Go on with"))).to_have_count(0)
    expect(chat.answers.first.locator(".pager")).to_be_visible()


def test_up_to_four_models_answer_and_the_price_is_their_sum(chat):
    chat.writes("Hello?")
    place = chat.page.locator("#estimate")
    expect(place).to_be_visible()
    alone = place.inner_text()
    picker = chooses(chat, HAIKU, MINI, GROK)
    expect(chips(chat)).to_have_count(3)
    expect(place).not_to_have_text(alone)

    picker.opens()
    picker.dialog.get_by_role("button", name="Compare", exact=True).click()
    expect(picker.list.locator("[aria-selected='true']")).to_have_count(4)
    picker.row(SONNET).click()
    expect(picker.dialog.get_by_role("status")).to_have_text("You can ask up to 4 models at once.")
    for model in (HAIKU, MINI, GROK):
        picker.row(model).click()
    picker.dialog.get_by_role("button", name="Close").click()
    expect(chips(chat)).to_have_count(0)
    expect(place).to_have_text(alone, use_inner_text=True)


def test_an_unticked_model_is_removed(chat):
    chooses(chat, HAIKU, MINI)
    chips(chat).first.click()

    expect(chips(chat)).to_have_count(1)
    expect(chat.message).to_be_focused()


def test_models_that_cannot_be_asked_stay_chosen_with_the_text(chat):
    chat.page_errors.expects("status of 422")
    chooses(chat, HAIKU)
    chat.page.locator("#compare input").evaluate("box => (box.value = 'nobody/nothing')")
    chat.writes("Hello?")
    chat.send.click()

    expect(chat.error).to_contain_text("no longer available")
    expect(chat.message).to_have_value("Hello?")
    expect(chips(chat)).to_have_count(1)


def test_only_the_picker_of_the_composer_compares(chat):
    chat.asks("[[say Hello.]]").wait_for_state("complete")
    chat.answers.last.get_by_role("link", name="More").click()
    chat.page.locator("#message-menu select").click()
    dialog = chat.page.get_by_role("dialog", name="Model", exact=True)
    expect(dialog).to_be_visible()

    expect(dialog.get_by_role("button", name="Compare", exact=True)).to_be_hidden()


def test_on_a_phone_a_swipe_shows_the_next(arrives):
    chat = arrives(viewport=PHONE, has_touch=True)
    for answer in asks_two(chat, "[[say Hello.]]"):
        answer.wait_for_state("complete")
    place = group(chat)
    second = place.locator(".column").nth(1)

    expect(place.locator(".place").first).to_have_text("1 / 2")
    assert box_of(second)["x"] < PHONE["width"]  # a bit of it says that there is more
    place.evaluate("element => element.scrollTo(element.scrollWidth, 0)")
    expect(second).to_be_in_viewport(ratio=0.95)
    assert chat.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_models_are_compared_without_scripts(arrives):
    chat = arrives(java_script_enabled=False)
    chat.visits(f"/models/{HAIKU}/")
    chat.page.get_by_role("link", name="Compare in a new chat").click()
    expect(chips(chat)).to_be_checked()
    chat.writes("[[tokens n=4000 rate=30]]")
    chat.send.click()
    expect(group(chat).locator("article")).to_have_count(2)
    columns(chat)[1].wait_for_text("4 5 6")
    group(chat).get_by_role("button", name="Stop Claude Haiku 4.5").click()
    columns(chat)[1].wait_for_state("stopped")
    chat.stop.click()
    columns(chat)[0].wait_for_state("stopped")

    group(chat).get_by_role("link", name="Go on with this one: Claude Haiku 4.5").click()
    expect(chat.answers).to_have_count(1)
    chat.writes("[[say More.]]")
    chat.send.click()
    chat.answer.wait_for_text("More.")
    expect(chat.answers.first.locator(".facts summary")).to_contain_text("Claude Haiku 4.5")


def test_columns_are_as_wide_as_there_is_space(arrives):
    chat = arrives(viewport={"width": 1440, "height": 900})
    for answer in asks_two(chat, "[[say Hello.]]"):
        answer.wait_for_state("complete")
    first, second = (box_of(each) for each in group(chat).locator(".column").all())

    assert first["y"] == second["y"]
    assert first["width"] + second["width"] > box_of(chat.questions.last)["width"]


def test_models_in_the_address_count_in_the_price(chat):
    chat.writes("Hello?")
    place = chat.page.locator("#estimate")
    expect(place).to_be_visible()
    alone = place.inner_text()
    chat.visits(f"/?compare={HAIKU}&compare={GROK}")
    expect(chips(chat)).to_have_count(2)
    assert "compare" not in chat.page.url
    chat.writes("Hello?")
    expect(place).not_to_have_text(alone, use_inner_text=True)

    for _ in range(2):
        chips(chat).first.click()
    expect(place).to_have_text(alone, use_inner_text=True)


def test_a_queued_message_waits_for_all_answers(chat):
    both_may_end = [answers_in_parts(chat.standin, "4 5 6 ", "7 8 9")[0] for _ in range(2)]
    first, second = asks_two(chat, "Count.")
    second.wait_for_text("4 5 6")
    chat.writes("[[say More.]]")
    chat.page.get_by_role("button", name="Send after this answer").click()
    group(chat).get_by_role("button", name="Stop Claude Haiku 4.5").click()
    second.wait_for_state("stopped")
    expect(chat.page.get_by_role("group", name="Queued message")).to_be_visible()
    first.wait_for_state("streaming")
    for may_end in both_may_end:
        may_end.set()

    chat.answer.wait_for_text("More.")
    expect(chat.page.get_by_role("group", name="Queued message")).to_be_hidden()
    expect(chat.answers).to_have_count(2)
    assert len(chat.requests_at_openrouter) == 3
