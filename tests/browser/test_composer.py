"""The field of the composer and the price beside it: how the field grows, what Enter does, what it says of costs."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE


@pytest.fixture
def phone(arrives):
    chat = arrives(has_touch=True, is_mobile=True, viewport=PHONE)
    return chat


class TestPrices:
    def test_the_price_is_shown_beside_the_model(self, chat):
        price = chat.page.locator("#estimate")
        chat.forgets_answers()
        chat.chooses_model("Claude Haiku 4.5")
        expect(price).to_be_hidden()
        chat.message.fill("x" * 400)  # 100 tokens at a dollar a million
        expect(price).to_have_text("~$0.00010 + ~$0.0034 per 500 words")
        chat.message.fill("Hello")
        expect(price).to_contain_text("< $0.00010")
        chat.chooses_model("gpt-oss-20b")
        expect(price).to_have_text("free ")
        chat.chooses_model("Auto Router")
        expect(price).to_be_hidden()

    def test_the_whole_price_can_be_read_on_every_screen(self, chat):
        chat.forgets_answers()
        chat.chooses_model("Claude Haiku 4.5")
        chat.message.fill("x" * 400)
        for width in (320, 390, 1280):
            chat.page.set_viewport_size({"width": width, "height": 800})
            for part in ("~$0.00010", "+ ~$0.0034 per 500 words"):
                expect(chat.page.get_by_text(part, exact=True), str(width)).to_be_in_viewport(ratio=1)
            for one in (chat.page.locator("#estimate"), chat.page.locator(".chosen"), chat.send):
                box = one.bounding_box()
                assert box["x"] >= 0, width
                assert box["x"] + box["width"] <= width

    def test_a_chat_that_is_nearly_full_says_so_but_can_be_continued(self, chat):
        chat.forgets_answers()
        chat.chooses_model("Nano Banana")  # reads 32,768 tokens
        chat.message.fill("x" * 100_000)
        expect(chat.page.get_by_text("This chat takes up 76% of what Nano Banana")).to_be_visible()
        chat.message.fill("x" * 200_000)
        expect(chat.page.get_by_text("This is too long for Nano Banana")).to_be_visible()
        chat.message.fill("[[say Still here.]]")
        expect(chat.page.get_by_text("This chat takes up")).to_be_hidden()


class TestTheField:
    @pytest.mark.parametrize("grows_by_itself", [True, False], ids=["field-sizing", "without"])
    def test_the_field_grows_with_its_text_and_then_follows_the_caret(self, chat, grows_by_itself):
        if not grows_by_itself:
            chat.page.evaluate("CSS.supports = () => false")
            chat.message.evaluate("field => field.style.fieldSizing = 'fixed'")
        height = "field => Math.round((field.clientHeight - 20) / parseFloat(getComputedStyle(field).lineHeight))"
        lines = "\n".join(map(str, range(12)))
        assert chat.message.evaluate(height) == 1
        chat.message.fill("1\n2\n3")
        assert chat.message.evaluate(height) == 3
        chat.message.fill(lines)
        assert chat.message.evaluate(height) == 8
        assert chat.message.evaluate("field => field.scrollTop + field.clientHeight >= field.scrollHeight - 1")
        chat.page.set_viewport_size(PHONE)
        chat.message.fill(lines + "\nlast")
        assert chat.message.evaluate(height) == 4
        chat.page.set_viewport_size({"width": 844, "height": 390})  # a phone on its side
        assert chat.page.locator("#conversation").evaluate("region => region.clientHeight") > 120

    def test_enter_on_a_touch_screen_starts_a_new_line_and_nothing_takes_the_focus(self, phone):
        expect(phone.message).not_to_be_focused()
        expect(phone.message).to_have_attribute("enterkeyhint", "enter")
        phone.message.press_sequentially("one")
        phone.message.press("Enter")
        phone.message.press_sequentially("two")
        expect(phone.message).to_have_value("one\ntwo")
        phone.message.press("Control+Enter")

        phone.answer.wait_for_state("complete")
        expect(phone.questions.last.locator(".text")).to_have_text(re.compile("one\ntwo"))

    def test_the_keyboard_of_a_phone_stays_open_after_sending(self, phone):
        """Some browsers take the focus from a field whose button is pressed."""
        held = []
        phone.page.route("**/chats/", lambda route: held.append(route))
        phone.message.tap()
        phone.message.fill("Hello")
        phone.send.tap()
        expect(phone.questions).to_have_count(1)
        phone.page.evaluate("document.activeElement.blur()")
        held[0].continue_()
        phone.answer.wait_for_state("complete")
        expect(phone.message).to_be_focused()

        phone.page.evaluate("document.activeElement.blur()")  # somebody reads now
        phone.message.evaluate("field => { field.value = 'Again' }")
        phone.page.locator("#composer").evaluate("form => form.requestSubmit()")
        expect(phone.answers).to_have_count(2)
        phone.answer.wait_for_state("complete")
        expect(phone.message).not_to_be_focused()

    @pytest.mark.parametrize("choice", ["always", "never"])
    def test_enter_does_what_the_person_has_chosen(self, chat, phone, choice):
        for each in (chat, phone):
            each.visits("/account/")
            each.page.get_by_label("Send with Enter").select_option(choice)
            expect(each.page.locator("#preferences").get_by_role("status")).to_have_text("Saved")
            each.visits("/")
            hint = {"always": "send", "never": "enter"}[choice]
            expect(each.message).to_have_attribute("enterkeyhint", hint)
            each.message.press_sequentially("one")
            each.message.press("Shift+Enter" if choice == "always" else "Enter")
            each.message.press_sequentially("two")
            expect(each.message).to_have_value("one\ntwo")
            each.message.press("Enter" if choice == "always" else "Control+Enter")
            each.answer.wait_for_state("complete")

    def test_arrow_up_in_an_empty_field_edits_ones_last_message(self, chat):
        chat.asks("Hello").wait_for_state("complete")
        edited = chat.questions.last.get_by_role("textbox")
        chat.message.press_sequentially("x")
        chat.message.press("ArrowUp")
        expect(edited).to_have_count(0)
        chat.message.fill("")
        chat.message.press("ArrowUp")

        expect(edited).to_have_value("Hello")
