"""The estimate of a message's cost, its parts, the warning about unusual costs, and the running cost."""

import re

import pytest
from playwright.sync_api import expect

from chat.conversations.token_estimate import tokens_of
from tests.browser import image_files
from tests.browser.wait import until

TEXTS = [
    "",
    " \n\t",
    "The bread rises.",
    "x = [1, 2]; // {~`@}",
    "Das Brot geht über Nacht; příliš žluťoučký kůň, Việt",
    "Хлеб поднимается, το ψωμί, خبز, לחם, ปัง, रोटी",
    "面包发酵、パン、빵 𠮷",
    "😀👩‍👩‍👧 — “quotes” … €",
]
AS_SCRIPTS_COUNT = """async (texts) => {
  const { tokensOf } = await import("/static/js/composer/estimate.js");
  return texts.map((text) => tokensOf(text));
}"""
LONG = "Bread and butter, over and over again. "
SONNET = "Claude Sonnet 5"


def test_scripts_estimate_tokens_as_the_server_does(chat):
    assert chat.page.evaluate(AS_SCRIPTS_COUNT, TEXTS) == [tokens_of(text) for text in TEXTS]


def rows_of(chat) -> list[str]:
    rows = chat.page.locator("#estimate-parts tr:visible")
    return [re.sub(r"\s+", " ", row.inner_text()) for row in rows.all()]


def test_pressing_the_estimate_shows_its_parts(chat):
    chat.chooses_model("Claude Haiku 4.5")
    chat.asks("[[say Hello.]]").wait_for_state("complete")
    chat.forgets_answers()
    chat.writes("x" * 400, images=[image_files.png("red.png")])
    chat.page.get_by_role("button", name="Remove red.png").wait_for()
    estimate = chat.page.locator("#estimate")
    estimate.focus()
    chat.page.keyboard.press("Enter")
    parts = chat.page.get_by_role("group", name="Estimated cost")

    expect(parts.get_by_role("row", name="Chat so far")).to_contain_text(re.compile(r"\d+ tokens"))
    text, images, history, page = rows_of(chat)
    assert re.fullmatch(r"This message ~\d+ tokens ~\$0\.000\d+", text)
    assert re.fullmatch(r"1 image ~1,000 tokens ~\$0\.0010", images)
    assert re.fullmatch(r"Chat so far \d+ tokens ~\$0\.0000\d+", history)
    assert re.fullmatch(r"Each 500 words of the answer ~670 tokens ~\$0\.0034", page)
    chat.page.keyboard.press("Escape")
    expect(parts).to_be_hidden()
    expect(estimate).to_be_focused()


@pytest.fixture
def in_a_cheap_chat(chat):
    chat.chooses_model(SONNET)
    for _ in range(3):
        chat.asks("[[say Hello.]]").wait_for_state("complete")
    return chat


def warning(chat):
    return chat.page.locator("#costly")


def test_a_message_that_costs_ten_times_the_usual_is_warned_of(in_a_cheap_chat):
    chat = in_a_cheap_chat
    chat.writes("Hello?")
    expect(chat.page.locator("#estimate")).to_be_visible()
    expect(warning(chat)).to_be_hidden()
    chat.writes(LONG * 1_000)
    expect(warning(chat)).to_contain_text(re.compile(r"This message will cost about \$0\.0\d, more than ten times"))
    expect(warning(chat).get_by_role("button", name="resend images")).to_be_hidden()

    other = warning(chat).get_by_role("button", name=re.compile("^Use "))
    expect(warning(chat)).to_contain_text("per million tokens")
    other.click()
    expect(warning(chat)).to_be_hidden()
    expect(chat.page.locator(".chosen")).not_to_have_text(SONNET)


def test_the_draft_moves_to_a_new_chat(in_a_cheap_chat):
    chat = in_a_cheap_chat
    chat.writes(LONG * 1_000)
    warning(chat).get_by_role("link", name="Start a new chat").click()
    chat.page.wait_for_url("**/")
    expect(chat.message).to_have_value(LONG * 1_000)
    chat.page.go_back()
    expect(chat.answers).to_have_count(3)
    expect(chat.message).to_have_value("")


def test_images_can_be_left_out(in_a_cheap_chat):
    """The page may hear late which images would be resent."""
    chat = in_a_cheap_chat
    held = []
    chat.page.route("**/chats/*/pictures/*", lambda route: held.append(route))
    chat.asks("[[say Red.]]", images=[image_files.png("red.png")]).wait_for_state("complete")
    chat.writes(LONG * 1_000)
    expect(warning(chat)).to_be_visible()
    until(chat, lambda: bool(held))
    held.pop().continue_()
    chat.page.unroute("**/chats/*/pictures/*")
    warning(chat).get_by_role("button", name="Don't resend images").click()
    expect(chat.page.locator("#earlier")).to_contain_text("won't be resent")


def test_the_running_cost_is_beside_stop_and_moves_nothing(chat):
    chat.chooses_model(SONNET)
    answer = chat.asks(f"{LONG * 200} [[tokens n=4000 rate=20]]")
    answer.wait_for_text("1 2 3")
    before = [chat.stop.bounding_box(), chat.page.locator(".chosen").bounding_box()]
    cost = chat.page.locator("#composer-action .so-far")
    expect(cost).to_have_text(re.compile(r"^~\$0\.0\d+ so far$"), timeout=15_000)
    assert [chat.stop.bounding_box(), chat.page.locator(".chosen").bounding_box()] == before
    chat.stop.click()
    answer.wait_for_state("stopped")

    facts = answer.article.locator(".facts > summary")
    expect(facts).to_contain_text(re.compile(r"about \$0\.0\d+"))
    expect(cost).to_have_count(0)
    expect(facts).not_to_contain_text("about", timeout=20_000)  # OpenRouter's record has come


def test_the_estimate_shows_the_price_of_an_image(chat):
    estimate = chat.page.locator("#estimate")
    chat.chooses_model("Nano Banana")
    chat.forgets_answers()
    chat.writes("A cat " * 100)
    expect(estimate).to_have_text(re.compile(r"^~\$0\.000\d+ \+ ~\$0\.04 per image$"))
    estimate.click()
    expect(chat.page.get_by_role("row", name="Each image of the answer")).to_contain_text("~$0.04")
    chat.page.keyboard.press("Escape")

    chat.chooses_model("FLUX.2 Pro")
    expect(estimate).to_have_text("~$0.03 per image")
    chat.chooses_model("Claude Haiku 4.5")
    expect(estimate).to_contain_text("per 500 words")
    estimate.click()
    expect(chat.page.get_by_role("row", name="Each image of the answer")).to_be_hidden()
