"""The text side of the composer: long texts, drafts, a message that waits, and what happens when sending fails."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import image_files
from tests.browser.background_tabs import hide, show
from tests.browser.conftest import PHONE
from tests.browser.paused_answers import answers_in_parts
from tests.browser.test_images import brings

LONG = "A line of a log that somebody has to read.\n" * 100  # 4,300 characters
PASTE = """
(text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const about = { bubbles: true, cancelable: true, clipboardData };
  document.querySelector("#text").dispatchEvent(new ClipboardEvent("paste", about));
}
"""
STORED = "() => Object.entries(localStorage).filter(([name]) => name.startsWith('draft:'))"
FULL = "{ throw new DOMException('', 'QuotaExceededError') }"
UNREACHABLE = "ERR_FAILED|Failed to fetch"


def pastes(chat, text: str) -> None:
    chat.message.focus()
    chat.page.evaluate(PASTE, text)


def drafts(chat) -> dict[str, dict[str, Any]]:
    """What this browser keeps, by the address that it belongs to."""
    return {name.split(":", 2)[2]: json.loads(draft) for name, draft in chat.page.evaluate(STORED)}


def until(chat, is_so: Callable[[], bool]) -> None:
    for _ in range(400):
        if is_so():
            return
        chat.page.wait_for_timeout(50)
    raise AssertionError("waited in vain")


def settled(chat, look: Callable[[], Any]) -> Any:
    """What `look()` finds once nothing moves any more."""
    seen = [look()]

    def is_so() -> bool:
        chat.page.wait_for_timeout(200)
        seen.append(look())
        return seen[-1] == seen[-2]

    until(chat, is_so)
    return seen[-1]


def said_at_openrouter(chat) -> str:
    content = chat.requests_at_openrouter[-1].body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


@pytest.fixture
def phone(arrives):
    chat = arrives(has_touch=True, is_mobile=True, viewport=PHONE)
    return chat


@pytest.fixture
def waiting(chat):
    """The bar above the field with the message that waits for the end of an answer."""
    return chat.page.get_by_role("group", name="Queued message")


class TestLongTexts:
    def test_one_that_is_pasted_stands_beside_the_message_and_can_come_into_it(self, chat):
        chat.message.press_sequentially("What happened? [[say Nothing.]]")
        pastes(chat, LONG)
        chip = chat.images_to_send
        expect(chip).to_contain_text("Pasted text4,300 characters, 100 linesA line of a log")
        expect(chat.message).to_have_value("What happened? [[say Nothing.]]")
        chip.get_by_role("button", name="Insert as text").click()
        expect(chat.message).to_have_value("What happened? [[say Nothing.]]" + LONG)
        chat.message.fill("What happened? [[say Nothing.]]")
        pastes(chat, LONG)
        chat.message.press("Enter")

        chat.answer.wait_for_text("Nothing.")
        assert said_at_openrouter(chat).endswith(f'<attachment name="Pasted text">\n{LONG}\n</attachment>')
        expect(chip).to_have_count(0)
        chat.questions.last.get_by_text("Pasted text").click()
        expect(chat.questions.last.get_by_text("A line of a log")).to_be_visible()

    def test_a_short_one_is_left_to_the_browser(self, chat):
        pastes(chat, "short")

        expect(chat.images_to_send).to_have_count(0)

    def test_files_of_plain_text_are_read_here_whatever_they_are_written_in(self, chat):
        files = {"a.md": "Grüße".encode(), "b.csv": "Grüße".encode("utf-16"), "c.txt": "Grüße".encode("cp1252")}
        chat.message.fill("[[say Read.]]")
        brings(chat, "drop", *({"name": name, "mimeType": "", "buffer": data} for name, data in files.items()))
        expect(chat.images_to_send).to_have_count(3)
        brings(chat, "drop", {"name": "d.bin", "mimeType": "", "buffer": bytes(range(256))}, image_files.png())
        expect(chat.page.get_by_text(re.compile("d.bin wasn't attached. You can attach images, PDFs"))).to_be_visible()
        expect(chat.images_to_send).to_have_count(4)
        chat.page.get_by_role("button", name="Remove a.md").click()
        chat.send.click()

        chat.answer.wait_for_text("Read.")
        assert re.findall(r'name="(.*)">\n(.*)', said_at_openrouter(chat)) == [("b.csv", "Grüße"), ("c.txt", "Grüße")]

    def test_one_of_one_line_says_so(self, chat):
        files = {"one.txt": b"x", "two.txt": b"Hi\nyou\n"}
        brings(chat, "drop", *({"name": name, "mimeType": "", "buffer": data} for name, data in files.items()))

        expect(chat.images_to_send.first).to_contain_text("1 character, 1 line")
        expect(chat.images_to_send.first).not_to_contain_text("lines")
        expect(chat.images_to_send.last).to_contain_text("7 characters, 2 lines")

    def test_the_button_for_images_takes_text_files_as_well(self, chat):
        assert chat.add_images.get_attribute("accept") is None  # phones hide what they have no type for
        chat.message.fill("[[say Read.]]")
        chat.message.blur()
        notes = {"name": "notes.rs", "mimeType": "", "buffer": b"fn main() {}"}
        chat.add_images.set_input_files([notes, image_files.png()])
        expect(chat.message).to_be_focused()
        expect(chat.images_to_send).to_have_count(2)
        chat.message.press("Enter")

        chat.answer.wait_for_text("Read.")
        assert '<attachment name="notes.rs">\nfn main() {}\n</attachment>' in said_at_openrouter(chat)


class TestDrafts:
    def test_everything_is_there_after_a_reload_and_gone_once_it_was_sent(self, chat):
        chat.message.fill("[[say Good.]] Half a thou")
        pastes(chat, LONG)
        expect(chat.images_to_send).to_contain_text("Pasted text")  # by a module that is loaded for it
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

    def test_what_is_left_at_once_is_kept_and_stays_in_its_chat(self, chat):
        chat.asks("One").wait_for_state("complete")
        address = chat.page.url
        chat.message.fill("For this chat")
        chat.visits("/account/")
        chat.visits("/")
        expect(chat.message).to_have_value("")
        chat.visits(address)

        expect(chat.message).to_have_value("For this chat")

    def test_a_tab_does_not_write_over_what_it_never_showed(self, chat):
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
        until(chat, lambda: drafts(chat)["/"]["at"] > stored)  # the third has stored it anew
        third.send.click()

        expect(chat.message).to_have_value("")  # it is sent
        expect(other.message).to_have_value("From the second")

    def test_full_storage_costs_nobody_a_word(self, chat):
        chat.page.evaluate(
            "void (Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') })"
        )
        chat.message.fill("Hello")
        chat.page.wait_for_timeout(500)
        chat.send.click()

        chat.answer.wait_for_text("Hello")

    @pytest.mark.parametrize("leaves", ["Sign out", "Disconnect"])
    def test_leaving_takes_them_away(self, chat, leaves):
        chat.message.fill("Private")
        until(chat, lambda: len(drafts(chat)) == 1)
        chat.page.evaluate("localStorage.setItem('draft:somebody:/', JSON.stringify({ text: 'x', at: Date.now() }))")
        chat.visits("/account/")
        if leaves == "Disconnect":
            chat.page.get_by_text("Disconnect from OpenRouter").click()
        chat.page.get_by_role("button", name=leaves, exact=True).click()

        until(chat, lambda: [name for name, _ in chat.page.evaluate(STORED)] == ["draft:somebody:/"])


class TestAMessageThatWaits:
    def test_it_goes_by_itself_when_the_answer_is_complete_even_in_a_hidden_tab(self, chat, waiting):
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

    def test_it_survives_a_reload_and_waits_for_a_word_when_the_answer_was_stopped(self, chat, waiting):
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

    def test_send_now_stops_the_answer_and_delete_takes_it_away(self, chat, waiting):
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


class TestSending:
    def test_the_message_stands_there_before_the_server_has_it(self, chat):
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

    def test_what_fails_says_so_and_can_be_sent_again_with_all_that_belonged_to_it(self, chat):
        chat.watch.expects(UNREACHABLE)
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
        assert LONG in said_at_openrouter(chat)

    def test_what_arrived_without_a_word_of_it_is_not_asked_and_paid_for_again(self, chat):
        chat.watch.expects(UNREACHABLE)
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


class TestPrices:
    def test_what_it_costs_to_ask_is_said_beside_the_model(self, chat):
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

    def test_all_of_it_can_be_read_on_every_screen(self, chat):
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

    def test_a_chat_that_is_nearly_full_says_so_and_refuses_nothing(self, chat):
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
    def test_it_grows_with_its_text_and_then_follows_the_caret(self, chat, grows_by_itself):
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

    def test_on_a_touch_screen_enter_breaks_the_line_and_nothing_takes_the_focus(self, phone):
        expect(phone.message).not_to_be_focused()
        expect(phone.message).to_have_attribute("enterkeyhint", "enter")
        phone.message.press_sequentially("one")
        phone.message.press("Enter")
        phone.message.press_sequentially("two")
        expect(phone.message).to_have_value("one\ntwo")
        phone.message.press("Control+Enter")

        phone.answer.wait_for_state("complete")
        expect(phone.questions.last.locator(".text")).to_have_text(re.compile("one\ntwo"))

    def test_the_keyboard_of_a_phone_stays_for_who_goes_on_writing(self, phone):
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
    def test_what_enter_does_is_what_the_person_has_chosen(self, chat, phone, choice):
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
