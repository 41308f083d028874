"""A first visit from end to end: signing in, a question about an image, and an answer that streams and stays."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import image_files

COST = re.compile(r"\$\d\.\d+")
OWN_ADDRESS = re.compile(r"/chats/[0-9a-f-]{36}/$")


@pytest.mark.smoke
def test_someone_signs_in_and_asks_about_a_photo(opens):
    chat = opens()
    chat.visits("/")
    chat.signs_in()
    chat.chooses_model("Claude Haiku")

    # Held upright: the pixels lie on their side, and EXIF says so.
    answer = chat.asks(
        "What is in this? [[rate n=120]]", images=[image_files.jpeg("dinner.jpg", 2400, 1800, orientation=6)]
    )

    answer.wait_for_state("streaming")
    expect(chat.page).to_have_url(OWN_ADDRESS)
    answer.wait_for_state("complete")
    answer.wait_for_text(re.compile(r"Image 1 is a tall \w+ of 1536 × 2048 pixels"))
    answer.wait_for_text(COST)
    expect(chat.page.locator("header")).to_contain_text(re.compile(rf"This chat has cost\s+{COST.pattern}"))
    expect(
        chat.page.get_by_role("navigation", name="Chats").get_by_role("link", name="What is in this?")
    ).to_be_visible()
    assert chat.in_another_tab().looks_like(chat)
    assert len(chat.requests_at_openrouter) == 1


def test_an_answer_is_signed_with_the_name_that_the_picker_has(chat):
    chat.chooses_model("Claude Haiku 4.5")
    answer = chat.asks("[[say Hello]]")
    answer.wait_for_state("complete")

    expect(answer.article.get_by_role("heading", name="Claude Haiku 4.5")).to_have_count(1)
    expect(chat.page.locator("header")).to_contain_text("Claude Haiku 4.5")


def test_the_chosen_model_is_remembered(chat):
    chat.chooses_model("Claude Haiku")
    chat.asks("Hello").wait_for_state("complete")

    chat.visits("/")

    expect(chat.model).to_have_value("anthropic/claude-haiku-4.5")


def test_after_going_back_the_chosen_model_is_shown(chat):
    chat.chooses_model("Claude Haiku 4.5")
    chat.visits("/account/")
    chat.page.go_back()

    expect(chat.model).to_have_value("anthropic/claude-haiku-4.5")
    expect(chat.page.locator("#composer .chosen")).to_have_text("Claude Haiku 4.5")
    expect(chat.page.locator("header")).to_contain_text("Claude Haiku 4.5")


@pytest.mark.smoke
def test_earlier_messages_are_sent_too(chat):
    chat.asks("My name is Ada. [[say Noted.]]").wait_for_state("complete")
    chat.asks("What is my name? [[say Ada.]]").wait_for_state("complete")

    said = [(turn["role"], turn["content"]) for turn in chat.requests_at_openrouter[-1].body["messages"]]
    assert [role for role, _ in said] == ["user", "assistant", "user"]
    assert "Noted." in str(said[1])
