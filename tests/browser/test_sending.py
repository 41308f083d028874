"""Sending: the message is shown at once, and what fails to arrive can be sent again."""

from playwright.sync_api import expect

from tests.browser import image_files
from tests.browser.composer_actions import LONG, drafts, pastes, sent_text
from tests.browser.wait import until

UNREACHABLE = "ERR_FAILED|Failed to fetch"


class TestSending:
    def test_the_message_is_shown_before_the_server_has_it(self, chat):
        sent = []
        chat.page.route("**/chats/", lambda route: sent.append(route))
        chat.message.fill("[[say Hello.]]")
        pastes(chat, LONG)
        chat.message.press("Enter")
        expect(chat.questions).to_contain_text("Pasted text[[say Hello.]]")
        expect(chat.message).to_have_value("")
        chat.message.press_sequentially("And more")
        until(chat, lambda: drafts(chat).get("/", {}).get("text") == "And more")
        assert drafts(chat)["/"]["sending"]["text"] == "[[say Hello.]]"
        sent[0].continue_()

        chat.answer.wait_for_text("Hello.")
        expect(chat.questions).to_have_count(1)
        expect(chat.message).to_have_value("And more")
        until(chat, lambda: len(drafts(chat)) == 1)
        assert [*drafts(chat)] == [chat.page.evaluate("location.pathname")]

    def test_a_message_that_failed_can_be_sent_again_with_its_attachments(self, chat):
        chat.page_errors.expects(UNREACHABLE)
        chat.page.route("**/chats/", lambda route: route.abort())
        chat.message.fill("[[say Hello.]]")
        pastes(chat, LONG)
        chat.send.click()
        expect(chat.error).to_contain_text("couldn't be sent. Check your connection")
        expect(chat.questions).to_contain_text("Not sent")
        expect(chat.message).to_have_value("[[say Hello.]]")
        expect(chat.images_to_send).to_contain_text("Pasted text")
        chat.page.unroute("**/chats/")
        chat.page.get_by_role("button", name="Retry", exact=True).click()

        chat.answer.wait_for_text("Hello.")
        expect(chat.questions).to_have_count(1)
        expect(chat.error).to_be_hidden()
        assert LONG in sent_text(chat)

    def test_a_message_that_arrived_without_a_response_is_not_paid_for_twice(self, chat):
        chat.page_errors.expects(UNREACHABLE)
        chat.page.route("**/chats/", lambda route: (route.fetch(), route.abort()))
        chat.message.fill("[[say Hello.]]")
        chat.send.click()
        expect(chat.questions).to_contain_text("Not sent")
        until(chat, lambda: drafts(chat).get("/", {}).get("text") == "[[say Hello.]]")
        chat.page.unroute("**/chats/")
        chat.page.reload()
        expect(chat.message).to_have_value("[[say Hello.]]")
        chat.send.click()

        chat.page.wait_for_url("**/chats/*/")
        chat.answer.wait_for_text("Hello.")
        expect(chat.questions).to_have_count(1)
        expect(chat.message).to_have_value("")
        assert len(chat.requests_at_openrouter) == 1

    def test_offline_nothing_is_sent_and_nothing_lost(self, chat):
        chat.message.fill("Hello")
        until(chat, lambda: len(drafts(chat)) == 1)
        chat.browser.set_offline(True)
        expect(chat.page.get_by_text("You're offline. Your text is saved.")).to_be_visible()
        expect(chat.send).to_be_disabled()
        chat.message.press_sequentially(" you")
        chat.message.press("Enter")
        expect(chat.questions).to_have_count(0)
        chat.browser.set_offline(False)
        expect(chat.page.get_by_text("You're offline.")).to_be_hidden()
        chat.send.click()

        chat.answer.wait_for_text("Hello you")

    def test_send_is_pale_while_there_is_nothing_to_send(self, chat):
        pale, ready = ({"aria-disabled": value} for value in ("true", "false"))

        def is_so(attributes):
            expect(chat.send).to_have_attribute("aria-disabled", attributes["aria-disabled"])

        is_so(pale)
        for text, then in (("  \n", pale), ("Hello", ready), ("", pale)):
            chat.message.fill(text)
            is_so(then)
        chat.add_images.set_input_files([image_files.png("red.png")])
        is_so(ready)
        chat.page.get_by_role("button", name="Remove red.png").click()
        is_so(pale)
        chat.send.focus()
        chat.page.keyboard.press("Enter")  # it can still be reached
        expect(chat.message).to_be_focused()
        chat.asks("[[say Hello.]]").wait_for_state("complete")
        is_so(pale)
        chat.message.fill("Again")
        is_so(ready)
