"""Back closes a dialog or menu before it leaves the page, and the history ends up as long as before."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.wait import until


@pytest.fixture
def phone(arrives):
    """A chat that was come to from the account."""
    chat = arrives(has_touch=True, is_mobile=True, viewport=PHONE)
    chat.asks("[[say First.]]").wait_for_state("complete")
    address = chat.page.url
    chat.visits("/account/")
    chat.visits(address)
    return chat


def drawer(chat):
    chat.page.get_by_role("button", name="Chats").click()
    return chat.page.locator("#chats")


def search(chat):
    drawer(chat)
    chat.page.get_by_role("link", name="Search").click()
    return chat.page.locator("dialog#search")


def message_menu(chat):
    chat.answer.article.get_by_role("link", name="More").click()
    return chat.page.locator("#message-menu")


def chat_tools(chat):
    chat.page.locator("[popovertarget='chat-tools']").click()
    return chat.page.locator("#chat-tools")


def shortcuts(chat):
    chat.page.keyboard.press("Control+/")
    return chat.page.locator("dialog#shortcuts")


def model_picker(chat):
    chat.page.locator("#model").tap()
    return chat.page.locator("dialog.model-picker")


LAYERS = [drawer, search, message_menu, chat_tools, shortcuts, model_picker]


def entries(chat) -> int:
    return chat.page.evaluate("history.length")


def is_settled(chat) -> None:
    """The entry that is shown is the page's own."""
    until(chat, lambda: not chat.page.evaluate("history.state?.layers"))


def opens_layer(chat, opens_one):
    layer = opens_one(chat)
    expect(layer, opens_one.__name__).to_be_visible()
    until(chat, lambda: chat.page.evaluate("history.state?.layers"))
    return layer


def test_back_closes_the_layer_and_then_leaves_the_page(phone):
    phone.page.evaluate("void (window.isSamePage = true)")
    phone.message.fill("Half a thought")
    for opens_one in LAYERS:
        for _ in range(3):
            layer = opens_layer(phone, opens_one)
            phone.page.go_back()
            expect(layer, opens_one.__name__).to_be_hidden()
        is_settled(phone)
        assert phone.page.evaluate("isSamePage"), opens_one.__name__
        expect(phone.message).to_have_value("Half a thought")
    phone.page.go_back()

    expect(phone.page).to_have_url(re.compile("/account/"))


def test_closing_a_layer_in_another_way_leaves_no_entry(phone):
    lengths = set()
    for opens_one in LAYERS:
        for _ in range(4):
            opens_layer(phone, opens_one)
            lengths.add(entries(phone))
            phone.page.keyboard.press("Escape")
            is_settled(phone)
        assert len(lengths) == 1, opens_one.__name__
    phone.page.go_back()

    expect(phone.page).to_have_url(re.compile("/account/"))


def test_back_closes_the_upper_of_two_layers_first(phone):
    chats = drawer(phone)
    phone.page.locator("#chats .more").first.click()
    menu = phone.page.locator("#chat-menu")
    expect(menu).to_be_visible()
    until(phone, lambda: phone.page.evaluate("history.state?.layers") == 2)
    phone.page.go_back()
    expect(menu).to_be_hidden()
    expect(chats).to_be_visible()
    phone.page.go_back()

    expect(chats).to_be_hidden()
    assert "/chats/" in phone.page.url


def test_back_from_a_link_in_a_layer_shows_the_page_without_it(phone):
    address = phone.page.url
    chats = drawer(phone)
    until(phone, lambda: phone.page.evaluate("history.state?.layers"))
    chats.get_by_role("link", name="New chat").click()
    expect(phone.page).to_have_url(re.compile(r"/$"))
    expect(phone.questions).to_have_count(0)
    phone.page.go_back()
    expect(phone.page).to_have_url(address)
    expect(phone.questions).to_have_count(1)
    phone.page.go_back()

    expect(phone.page).to_have_url(re.compile("/account/"))


def test_a_form_in_a_layer_is_sent_and_leaves_no_entry(phone):
    address = phone.page.url
    menu = message_menu(phone)
    until(phone, lambda: phone.page.evaluate("history.state?.layers"))
    menu.get_by_role("button", name=re.compile("new chat")).click()
    phone.page.wait_for_url(lambda url: url != address)
    expect(phone.questions).to_have_count(1)
    phone.page.go_back()
    expect(phone.page).to_have_url(address)
    is_settled(phone)
    phone.page.go_back()

    expect(phone.page).to_have_url(re.compile("/account/"))


def test_forward_and_reload_lead_to_no_dead_entry(phone):
    address = phone.page.url
    drawer(phone)
    until(phone, lambda: phone.page.evaluate("history.state?.layers"))
    phone.page.reload()
    is_settled(phone)
    expect(phone.page.locator("#chats")).to_be_hidden()
    phone.page.go_forward()
    is_settled(phone)
    assert phone.page.url == address
    phone.page.go_back()

    expect(phone.page).to_have_url(re.compile("/account/"))


def test_back_works_after_a_layer_was_open_while_the_chat_got_its_address(phone):
    phone.visits("/")
    held = []
    phone.page.route("**/chats/", lambda route: held.append(route))
    phone.message.fill("[[say Second.]]")
    phone.send.click()
    expect(phone.questions).to_have_count(1)
    chats = drawer(phone)
    until(phone, lambda: phone.page.evaluate("history.state?.layers"))
    held[0].continue_()
    phone.page.wait_for_url("**/chats/*/")
    phone.page.keyboard.press("Escape")
    expect(chats).to_be_hidden()
    phone.answer.wait_for_text("Second.")
    phone.page.go_back()
    phone.page.wait_for_function("location.pathname === '/'")

    expect(phone.questions).to_have_count(0)
    is_settled(phone)
