"""A draft and the text that the browser, the address or the server puts into the field: one copy, nothing lost."""

import contextlib

import pytest
from playwright.sync_api import Error, expect

from tests.browser import image_files
from tests.browser.chat_page import SESSION_COOKIE
from tests.browser.composer_actions import LONG, drafts, pastes
from tests.browser.test_images import uploaded
from tests.browser.wait import until

DRAFT = "Half a thought\n\nand more of it"
STORAGE_IS_OFF = """
for (const name of ["localStorage", "sessionStorage"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("", "SecurityError"); } });
}
"""
STORAGE_IS_FULL = "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); };"
CHANGED_ELSEWHERE = """
for (const name of Object.keys(localStorage)) localStorage[name] = localStorage[name].replace("Before", "After");
"""
# As if htmx had not come: with the long text, and with an image that is gone.
SENT_BY_THE_BROWSER = """
(text) => {
  const form = document.querySelector("#composer");
  const fields = { attachment_name: "Pasted text", attachment: text, kept: "11111111-1111-4111-8111-111111111111" };
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("textarea"), { name, value }));
  }
  HTMLFormElement.prototype.submit.call(form);
}
"""
SHOWN_AS_IT_WAS_LEFT = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"


def leaves_and_comes_back(chat) -> None:
    chat.page.goto("/account/")
    chat.page.go_back()


def goes_back_and_forward(chat) -> None:
    chat.page.go_back()
    chat.page.go_forward()


WAYS = {
    "back": leaves_and_comes_back,
    "forward": goes_back_and_forward,
    "reload": lambda chat: chat.page.reload(),
    "link": lambda chat: chat.visits("/"),
}


@pytest.fixture
def chat(chat):
    """One with a page before it, to go back to."""
    chat.page.goto("/account/")
    chat.visits("/")
    return chat


def is_stored(chat, text: str) -> None:
    until(chat, lambda: any(each["text"] == text for each in drafts(chat).values()))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_draft_is_there_once_however_one_comes_back(chat, way):
    chat.message.fill(DRAFT)
    for _ in range(2):
        way(chat)
        expect(chat.message).to_have_value(DRAFT)
        is_stored(chat, DRAFT)
    pastes(chat, LONG)
    chat.add_images.set_input_files([image_files.png()])
    expect(uploaded(chat)).to_have_count(1)
    chat.message.press("End")
    chat.message.press_sequentially(" and so on")
    way(chat)

    expect(chat.message).to_have_value(f"{DRAFT} and so on")
    expect(chat.images_to_send).to_have_count(2)


@pytest.mark.parametrize("way", ["back", "forward"])
@pytest.mark.parametrize("storage", [STORAGE_IS_OFF, STORAGE_IS_FULL], ids=["off", "full"])
def test_without_storage_the_browser_may_restore_the_text(chat, storage, way):
    chat.page.add_init_script(storage)
    chat.visits("/")
    chat.message.press_sequentially("Half a thought")
    WAYS[way](chat)
    expect(chat.message).to_have_value("Half a thought")
    chat.message.press("End")
    chat.message.press_sequentially(" [[say Whole.]]")
    chat.send.click()

    chat.answer.wait_for_text("Whole.")


def test_a_draft_that_was_sent_or_removed_does_not_come_back(chat):
    chat.asks("[[say First.]]").wait_for_text("First.")
    chat.message.fill("Not this")
    is_stored(chat, "Not this")
    chat.page.goto("/account/")
    chat.page.go_back()
    chat.message.fill("")
    until(chat, lambda: not drafts(chat))
    leaves_and_comes_back(chat)
    expect(chat.questions).to_have_count(1)
    expect(chat.message).to_have_value("")
    chat.page.go_back()
    chat.page.wait_for_function("location.pathname === '/'")

    expect(chat.message).to_have_value("")


@pytest.mark.parametrize("name", ["q", "prompt"])
def test_a_prompt_in_the_address_fills_the_field_once(chat, name):
    address = f"/?{name}=Translate%20this:"
    chat.visits(address)
    expect(chat.message).to_have_value("Translate this:")
    chat.message.press("End")
    chat.message.press_sequentially(" bonjour")
    is_stored(chat, "Translate this: bonjour")
    for way in (*WAYS.values(), lambda chat: chat.visits(address)):
        way(chat)
        expect(chat.message).to_have_value("Translate this: bonjour")


def test_a_draft_waits_until_a_prompt_from_the_address_is_sent(chat):
    for prompt in ("/?q=His", "/?q=Her"):
        chat.message.fill("History of Rome" if prompt == "/?q=His" else "His own")
        leaves_and_comes_back(chat)
        chat.visits(prompt)
        expect(chat.message).to_have_value(prompt[-3:])
    for sent, then in (("Her", "His own"), ("His own", "History of Rome"), ("History of Rome", "")):
        expect(chat.message).to_have_value(sent)
        chat.send.click()
        chat.answer.wait_for_state("complete")
        until(chat, lambda: "/" not in drafts(chat) or drafts(chat)["/"]["text"] != "")
        chat.visits("/")
        expect(chat.message).to_have_value(then)


def test_a_text_restored_after_signing_in_is_there_once(chat, person):
    """Sent without a session: the server keeps it for the page behind the sign-in, and so does the browser."""
    chat.message.fill("Written slowly")
    chat.browser.clear_cookies(name=SESSION_COOKIE)
    chat.send.click()
    chat.signs_in(person=person)
    expect(chat.message).to_have_value("Written slowly")
    is_stored(chat, "Written slowly")
    leaves_and_comes_back(chat)

    expect(chat.message).to_have_value("Written slowly")


def test_a_text_that_the_server_returned_is_there_once_without_htmx(chat):
    chat.page_errors.expects("status of 422")
    chat.message.fill("Look [[say Read.]]")
    pastes(chat, LONG)
    chat.add_images.set_input_files([image_files.png()])
    expect(uploaded(chat)).to_have_count(1)
    until(chat, lambda: any(each["pictures"] for each in drafts(chat).values()))
    with chat.page.expect_navigation():
        chat.page.evaluate(SENT_BY_THE_BROWSER, LONG)
    expect(chat.error).to_contain_text("no longer available")
    expect(chat.message).to_have_value("Look [[say Read.]]")
    expect(chat.images_to_send).to_have_count(2)
    chat.message.press("End")
    chat.message.press_sequentially("!")
    chat.send.click()

    chat.answer.wait_for_text("Read.")
    text, image = chat.requests_at_openrouter[-1].body["messages"][-1]["content"]
    assert text["text"].count("<attachment") == 1
    assert text["text"].startswith("Look [[say Read.]]!")
    assert image["type"] == "image_url"


def test_a_page_from_the_back_cache_learns_what_another_page_did(chat):
    chat.message.fill("Before")
    is_stored(chat, "Before")
    chat.page.evaluate(CHANGED_ELSEWHERE)
    chat.page.evaluate(SHOWN_AS_IT_WAS_LEFT)
    expect(chat.message).to_have_value("After")
    chat.page.evaluate("localStorage.clear()")
    chat.page.evaluate(SHOWN_AS_IT_WAS_LEFT)

    expect(chat.message).to_have_value("")


def test_what_was_chosen_and_typed_before_the_scripts_came_stays(chat):
    chat.writes("Before")
    is_stored(chat, "Before")
    held = []
    chat.page.route("**/js/**", lambda route: held.append(route))
    chat.page.goto("/", wait_until="commit")
    chat.chooses_model("Claude Haiku 4.5")
    chat.page.get_by_role("checkbox", name="Search the web").check()
    chat.writes("and early")
    chat.page.unroute("**/js/**")
    for route in held:
        with contextlib.suppress(Error):  # it may go on by itself now
            route.continue_()

    expect(chat.message).to_have_value("Before\n\nand early")
    expect(chat.model).to_have_value("anthropic/claude-haiku-4.5")
    expect(chat.page.locator("#chat-model")).to_have_text("Claude Haiku 4.5")
    expect(chat.page.get_by_role("checkbox", name="Search the web")).to_be_checked()
