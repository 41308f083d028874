"""The pages without scripts: plain forms, and a page that reloads itself while an answer runs."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import image_files
from tests.browser.chat_page import SESSION_COOKIE


@pytest.fixture
def plain(arrives):
    chat = arrives(java_script_enabled=False)
    return chat


@pytest.mark.smoke
def test_a_question_is_asked_and_answered(opens):
    chat = opens(java_script_enabled=False)
    chat.visits("/")
    chat.signs_in()
    chat.writes("What is this? [[slow first=1]]", images=[image_files.png("wide.png", 60, 20)])
    chat.send.click()

    chat.answer.wait_for_state("waiting")
    chat.answer.wait_for_state("complete")  # nobody has clicked anything
    chat.answer.wait_for_text("wide PNG of 60 × 20 pixels")
    chat.writes("And now? [[say More.]]")
    chat.send.click()
    chat.answer.wait_for_text("More.")
    assert len(chat.requests_at_openrouter) == 2


def test_stop(plain):
    plain.writes("[[tokens n=2000 rate=40]]")
    plain.send.click()
    plain.answer.wait_for_text("1 2 3")
    plain.stop.click()

    plain.answer.wait_for_state("stopped")
    plain.answer.wait_for_text("1 2 3")
    assert plain.standin.wait_for(lambda: plain.standin.closed_early)


def test_after_a_bad_image_the_text_and_the_good_images_remain(plain):
    plain.page_errors.expects("status of 422")
    plain.writes("Look", images=[image_files.png("good.png"), image_files.html_named_as_image("page.png")])
    with plain.page.expect_navigation() as answered:
        plain.send.click()

    assert answered.value.status == 422
    expect(plain.error).to_contain_text("page.png")
    expect(plain.message).to_have_value("Look")
    expect(plain.page.get_by_role("checkbox", name="Keep image 1")).to_be_checked()
    plain.send.click()
    plain.answer.wait_for_text("Image 1")
    expect(plain.questions.last.get_by_role("img")).to_have_count(1)


def test_text_files_are_sent_or_returned_with_what_was_refused(plain):
    plain.page_errors.expects("status of 422")
    notes, other = (
        {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
        for name, text in (("notes.txt", "\nFirst <line>\nsecond"), ("other.txt", "Not this"))
    )
    pdf = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    plain.writes("Look", images=[image_files.png("good.png"), notes, other, pdf])
    with plain.page.expect_navigation():
        plain.send.click()
    expect(plain.error).to_have_text("“paper.pdf” is damaged or incomplete.")
    expect(plain.page.get_by_label("notes.txt")).to_have_value("\nFirst <line>\nsecond")
    plain.page.get_by_label("other.txt").fill("")
    plain.send.click()

    plain.answer.wait_for_text("Image 1")
    said = plain.requests_at_openrouter[-1].body["messages"][-1]["content"][0]["text"]
    assert said == 'Look\n\n<attachment name="notes.txt">\n\nFirst <line>\nsecond\n</attachment>'


def test_an_error_can_be_retried(plain):
    plain.standin.answers(502)
    plain.writes("Try")
    plain.send.click()
    plain.answer.wait_for_state("failed")

    plain.answer.action("Retry").click()

    plain.answer.wait_for_state("complete")
    assert len(plain.requests_at_openrouter) == 2


def test_a_text_survives_the_end_of_the_session(plain, person):
    plain.writes("Written slowly")
    plain.browser.clear_cookies(name=SESSION_COOKIE)
    plain.send.click()
    plain.signs_in(person=person)

    expect(plain.message).to_have_value("Written slowly")


def test_a_chat_is_renamed_pinned_and_deleted(plain):
    plain.writes("Dinner [[say Soup.]]")
    plain.send.click()
    plain.answer.wait_for_state("complete")
    heading = plain.page.get_by_role("heading", level=1)
    tools = plain.page.get_by_role("button", name="Chat options")
    row = plain.page.get_by_role("listitem").filter(has_text="Dinner for two")

    tools.click()
    plain.page.get_by_label("Title").fill("Dinner for two")
    plain.page.get_by_role("button", name="Rename", exact=True).click()
    expect(heading).to_have_text("Dinner for two")

    tools.click()
    plain.page.get_by_role("button", name="Pin", exact=True).click()
    expect(plain.page.get_by_role("heading", name="Pinned")).to_be_visible()

    tools.click()
    plain.page.get_by_role("button", name="Delete", exact=True).click()
    expect(plain.page).to_have_url(re.compile(r"/\?deleted="))
    expect(row).to_have_count(0)
    plain.page.get_by_role("button", name="Undo").click()
    expect(heading).to_have_text("Dinner for two")
    expect(row).to_have_count(1)


def test_a_temporary_chat_is_not_listed_until_it_is_kept(plain):
    plain.page.get_by_role("link", name="Temporary").click()
    plain.writes("Dinner [[say Soup.]]")
    plain.send.click()
    plain.answer.wait_for_state("complete")
    row = plain.page.get_by_role("listitem").filter(has_text="Dinner [[say")
    expect(row).to_have_count(0)

    plain.page.get_by_role("button", name="Keep this chat").click()
    expect(row).to_have_count(1)
    expect(plain.page.get_by_role("button", name="Keep this chat")).to_have_count(0)
