"""A message that is queued until the answer ends: sent by itself, sent now, edited or deleted."""

import pytest
from playwright.sync_api import expect

from tests.browser import image_files
from tests.browser.background_tabs import hide, show
from tests.browser.paused_answers import answers_in_parts
from tests.browser.test_settings import opens_group, opens_settings


@pytest.fixture
def waiting(chat):
    """The bar above the field with the message that waits for the end of an answer."""
    return chat.page.get_by_role("group", name="Queued message")


class TestAMessageThatWaits:
    def test_a_queued_message_is_sent_when_the_answer_is_complete_even_in_a_hidden_tab(self, chat, waiting):
        (may_end,) = answers_in_parts(chat.standin, "1 2 3 ", "4")
        first = chat.asks("Count, please.")
        first.wait_for_text("1 2 3")
        chat.message.fill("[[say Second.]]")
        chat.message.press("Enter")
        expect(waiting).to_contain_text("Queued: [[say Second.]]")
        chat.message.fill("Typing on")
        hide(chat.page)
        may_end.set()
        assert chat.standin.wait_for(lambda: len(chat.requests_at_openrouter) == 2)
        show(chat.page)

        chat.answer.wait_for_text("Second.")
        expect(waiting).to_be_hidden()
        expect(chat.message).to_have_value("Typing on")
        assert len(chat.requests_at_openrouter) == 2

    def test_a_queued_message_survives_a_reload_and_is_not_sent_by_itself_after_stop(self, chat, waiting):
        chat.asks("[[tokens n=2000 rate=40]]").wait_for_text("1 2 3")
        chat.message.fill("[[say Second.]]")
        chat.page.get_by_role("button", name="Send after this answer").click()
        chat.page.reload()
        expect(waiting).to_contain_text("Second.")
        chat.stop.click()
        chat.answer.wait_for_state("stopped")
        expect(chat.send).to_be_visible()
        assert len(chat.requests_at_openrouter) == 1

        waiting.get_by_role("button", name="Edit").click()
        expect(chat.message).to_have_value("[[say Second.]]")
        chat.send.click()
        chat.answer.wait_for_text("Second.")

    def test_send_now_stops_the_answer_and_delete_removes_the_message(self, chat, waiting):
        first = chat.asks("[[tokens n=2000 rate=40]]")
        first.wait_for_text("1 2 3")
        chat.message.fill("Not this")
        chat.message.press("Enter")
        waiting.get_by_role("button", name="Delete").click()
        expect(waiting).to_be_hidden()
        chat.message.fill("[[say Now.]]")
        chat.message.press("Enter")
        waiting.get_by_role("button", name="Send now").click()

        first.wait_for_state("stopped")
        chat.answer.wait_for_text("Now.")
        assert len(chat.requests_at_openrouter) == 2

    def test_one_behind_an_answer_in_json_is_sent(self, chat, waiting):
        dialog = opens_settings(chat)
        opens_group(dialog, "Format")
        dialog.get_by_label("Answer format").select_option(label="JSON")
        dialog.get_by_role("button", name="Save", exact=True).click()
        expect(dialog).to_be_hidden()
        (may_end,) = answers_in_parts(chat.standin, '{"dish": "soup", ', '"portions": 4}')
        first = chat.asks("What do we eat?")
        first.wait_for_text('"soup"')
        chat.message.fill('[[say {"dish": "bread"}]]')
        chat.message.press("Enter")
        expect(waiting).to_be_visible()
        may_end.set()

        chat.answer.wait_for_text("bread")
        expect(waiting).to_be_hidden()
        expect(first.article).to_contain_text("Matches the format")
        assert first.state == "complete"
        expect(chat.page.locator("#log")).to_have_attribute("aria-busy", "false")
        assert chat.looks_like(chat.in_another_tab())

    def test_too_many_images_of_two_queued_messages_are_all_given_back(self, chat, waiting):
        chat.page_errors.expects("422")
        (may_end,) = answers_in_parts(chat.standin, "1 2 3 ", "4")
        chat.asks("Count, please.").wait_for_text("1 2 3")
        for count in (5, 4):
            chat.writes("Look", images=[image_files.png("a.png", count, number + 1) for number in range(count)])
            expect(chat.page.locator("#composer [name=kept]:enabled")).to_have_count(count)
            chat.message.press("Enter")
            expect(chat.images_to_send).to_have_count(0)
        expect(waiting).to_contain_text("+ 9")
        waiting.get_by_role("button", name="Edit").click()
        expect(chat.images_to_send).to_have_count(9)
        may_end.set()
        expect(chat.send).to_be_visible()
        chat.send.click()

        expect(chat.error).to_contain_text("8 images")
        expect(chat.images_to_send).to_have_count(9)
