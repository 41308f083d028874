"""After signing out, nothing of a person's chats can be seen in the browser."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Error, expect

from tests.browser.chat_page import Chat
from tests.browser.chromium import executable
from tests.browser.conftest import ARGUMENTS
from tests.browser.page_errors import PageErrors
from tests.site import Site
from tests.standin import StandIn

PRIVATE = "the private word is aubergine"


@pytest.fixture
def chat(browser: Browser, site: Site, standin: StandIn, person: str) -> Iterator[Chat]:
    """In a browser that keeps whole pages for Back, as they are; Playwright's own does not."""
    kept = ["--disable-back-forward-cache"]
    own = browser.browser_type.launch(executable_path=executable(), args=ARGUMENTS, ignore_default_args=kept)
    context = own.new_context(base_url=site.url)
    chat = Chat(
        context.new_page(),
        standin=standin,
        page_errors=PageErrors(context, site_url=site.url, openrouter_url=standin.url),
    )
    chat.is_signed_in(person)
    chat.visits("/")
    yield chat
    own.close()


def signs_out_after_a_chat(chat: Chat) -> str:
    """The address of the chat."""
    chat.asks(f"[[say {PRIVATE}]]")
    expect(chat.answers.last).to_contain_text(PRIVATE)
    chat.page.reload()
    expect(chat.answers.last).to_contain_text(PRIVATE)
    address = chat.page.url
    chat.visits("/account/")
    chat.page.get_by_role("button", name="Sign out").click()
    expect(chat.sign_in_button).to_be_visible()
    return address


def test_back_leads_to_the_sign_in(chat):
    signs_out_after_a_chat(chat)

    for where in ("account", "chats"):
        # Playwright's own would wait for a load, which a page from the back cache does not have.
        chat.page.evaluate("history.back()")
        chat.page.wait_for_url(f"**next=*{where}*")
        expect(chat.sign_in_button).to_be_visible()
        expect(chat.page.locator("body")).not_to_contain_text(PRIVATE)


def test_offline_nothing_of_the_chat_is_shown(chat):
    address = signs_out_after_a_chat(chat)
    chat.browser.set_offline(True)

    with suppress(Error):
        chat.visits(address)
    expect(chat.page.locator("body")).not_to_contain_text(PRIVATE)
