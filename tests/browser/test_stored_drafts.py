"""Drafts are stored in the browser, for each chat, until they are sent or the person signs out."""

import pytest
from playwright.sync_api import expect

from tests.browser.composer_actions import LONG, STORED, drafts, pastes
from tests.browser.wait import until


class TestDrafts:
    def test_a_draft_is_restored_after_a_reload_and_removed_once_it_is_sent(self, chat):
        chat.message.fill("[[say Good.]] Half a thou")
        pastes(chat, LONG)
        expect(chat.images_to_send).to_contain_text("Pasted text")  # by a module that is loaded for it
        until(chat, lambda: bool(drafts(chat).get("/", {}).get("attachments")))
        chat.chooses_model("Claude Haiku 4.5")
        chat.page.reload()
        expect(chat.message).to_have_value("[[say Good.]] Half a thou")
        expect(chat.images_to_send).to_contain_text("Pasted text")
        expect(chat.model).to_have_value("anthropic/claude-haiku-4.5")
        chat.send.click()
        chat.answer.wait_for_state("complete")

        until(chat, lambda: len(drafts(chat)) == 0)
        chat.visits("/")
        expect(chat.message).to_have_value("")
        assert len(chat.requests_at_openrouter) == 1

    def test_a_draft_is_stored_on_leaving_and_belongs_to_its_chat(self, chat):
        chat.asks("One").wait_for_state("complete")
        address = chat.page.url
        chat.message.fill("For this chat")
        chat.visits("/account/")
        chat.visits("/")
        expect(chat.message).to_have_value("")
        chat.visits(address)

        expect(chat.message).to_have_value("For this chat")

    def test_a_tab_does_not_overwrite_a_draft_that_it_never_showed(self, chat):
        other = chat.in_another_tab()
        chat.message.fill("From the first")
        until(chat, lambda: len(drafts(chat)) == 1)
        other.message.fill("From the second")
        other.page.reload()
        expect(other.message).to_have_value("From the second")
        assert drafts(chat)["/"]["text"] == "From the first"
        stored = drafts(chat)["/"]["at"]
        third = chat.in_another_tab()
        expect(third.message).to_have_value("From the first")
        until(chat, lambda: drafts(chat)["/"]["at"] > stored)  # the third has stored it again
        third.send.click()

        expect(chat.message).to_have_value("")  # it is sent
        expect(other.message).to_have_value("From the second")

    def test_with_full_storage_a_message_can_still_be_sent(self, chat):
        chat.page.evaluate(
            "void (Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') })"
        )
        chat.message.fill("Hello")
        chat.page.wait_for_timeout(500)
        chat.send.click()

        chat.answer.wait_for_text("Hello")

    def test_a_repeated_text_that_did_not_arrive_is_restored(self, chat):
        chat.page_errors.expects("ERR_|Failed to fetch|htmx:error")
        chat.asks("[[say Yes]]").wait_for_state("complete")
        chat.page.wait_for_url("**/chats/*/")
        pastes(chat, LONG)
        expect(chat.images_to_send).to_have_count(1)
        chat.message.fill("[[say Yes]]")
        chat.page.route("**/messages/", lambda route: route.abort())
        chat.send.click()
        expect(chat.error).to_contain_text("couldn't be sent")
        until(chat, lambda: any(draft.get("tried") for draft in drafts(chat).values()))
        chat.page.reload()

        expect(chat.message).to_have_value("[[say Yes]]")
        expect(chat.images_to_send).to_contain_text("Pasted text")

    def test_attachments_are_stored_until_the_page_can_show_them(self, chat):
        chat.page_errors.expects("ERR_|Failed to fetch")
        chat.message.fill("Half a thou")
        pastes(chat, LONG)
        until(chat, lambda: bool(drafts(chat).get("/", {}).get("attachments")))
        chat.page.route("**/composer/attachments*.js", lambda route: route.abort())
        with chat.page.expect_event("requestfailed"):
            chat.page.reload()
        chat.message.press_sequentially("ght")
        until(chat, lambda: drafts(chat)["/"]["text"] == "Half a thought")
        chat.page.unroute("**/composer/attachments*.js")
        chat.page.reload()

        expect(chat.message).to_have_value("Half a thought")
        expect(chat.images_to_send).to_contain_text("Pasted text")

    @pytest.mark.parametrize("leaves", ["Sign out", "Disconnect"])
    def test_signing_out_removes_drafts(self, chat, leaves):
        chat.message.fill("Private")
        until(chat, lambda: len(drafts(chat)) == 1)
        chat.page.evaluate("localStorage.setItem('draft:somebody:/', JSON.stringify({ text: 'x', at: Date.now() }))")
        chat.visits("/account/")
        if leaves == "Disconnect":
            chat.page.get_by_text("Disconnect from OpenRouter").click()
        chat.page.get_by_role("button", name=leaves, exact=True).click()

        until(chat, lambda: [name for name, _ in chat.page.evaluate(STORED)] == ["draft:somebody:/"])
