"""States of accounts: signed out, signed in, with little credit left, with MCP servers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from tests.browser.chat_page import Chat
from tests.browser.states.chats import LONG_TITLE
from tests.mcp import servers
from tests.mcp.oauth_server import protected_server
from tests.mcp_server import Running


def is_signed_out(chat: Chat) -> Iterator[str]:
    chat.browser.clear_cookies()
    chat.visits("/")
    chat.page.get_by_text("Who can see my key").click()
    yield "signed out"
    chat.page_errors.expects("status of 40[04]")
    chat.visits("/signin/callback/?code=x&state=y&attempt=z")
    yield "a problem with signing in"
    chat.visits("/nowhere/")
    yield "not here"


def is_at_the_account(chat: Chat) -> Iterator[str]:
    chat.asks("Hello").wait_for_state("complete")
    chat.page_errors.expects("status of 422")
    chat.visits("/account/")
    chat.page.get_by_label("Zip or JSON").evaluate("field => (field.required = false)")
    _imports_chats(chat)
    chat.page.get_by_role("alert").wait_for()
    chat.page.locator("details").evaluate_all("folds => folds.forEach((fold) => (fold.open = true))")
    name = "a_name_that_is_much_too_long_to_be_shown_whole.zip"
    chat.page.get_by_label("Zip or JSON").set_input_files({"name": name, "mimeType": "", "buffer": b"not a zip"})
    yield "the account, with all that can be deleted"
    _imports_chats(chat)
    yield "chats brought in"
    chat.visits("/account/")
    chat.page.get_by_text("Disconnect from OpenRouter").click()
    chat.page.get_by_role("button", name="Disconnect", exact=True).click()
    yield "disconnected"


def _imports_chats(chat: Chat) -> None:
    if not chat.page.get_by_role("button", name="Import").is_visible():
        chat.page.locator("summary", has_text="Import chats").click()
    with chat.page.expect_navigation():
        chat.page.get_by_role("button", name="Import").click()


def has_little_credit(chat: Chat) -> Iterator[str]:
    in_three_days = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    chat.standin.says_of_credits(0.0042)
    _gets_a_key(chat, expires_at=in_three_days, limit=12_000_000, limit_remaining=11_000_000, limit_reset="monthly")
    yield "little left, and a key that expires"
    chat.visits("/account/")
    yield "the account of somebody with little left"
    _gets_a_key(chat, expires_at="2026-01-02T03:04:05Z")
    yield "a key that expired"
    chat.visits("/account/")
    yield "the account of somebody whose key expired"


def _gets_a_key(chat: Chat, **facts: object) -> None:
    """A new one, of which OpenRouter says this."""
    chat.standin.says_of_keys(**facts)
    chat.is_signed_in(chat.person)

    def is_known() -> bool:
        chat.visits("/")
        return chat.page.locator("#key-notice p").count() > 0

    chat.standin.wait_for(is_known)


def spends(chat: Chat) -> Iterator[str]:
    chat.visits("/account/spending/")
    yield "nothing spent"
    chat.visits("/")
    chat.asks(f"{LONG_TITLE} [[tokens n=30]]").wait_for_state("complete")
    chat.page.locator("#chat-cost a").click()
    chat.page.get_by_role("heading", name="What this chat has cost").wait_for()
    yield "the costs of a chat"
    chat.page.get_by_role("link", name="All spending").click()
    chat.page.locator("summary").click()
    yield "what was spent"


def adds_tools(chat: Chat) -> Iterator[str]:
    chat.page_errors.expects("status of 422")
    chat.visits("/account/tools/")
    yield "somebody without tools"
    chat.page.get_by_text("Send a key in a header").click()
    chat.page.get_by_label("Address").fill("https://127.0.0.1/mcp")
    chat.page.get_by_label("Header").fill("no name")
    chat.page.get_by_role("button", name="Add").click()
    chat.page.locator(".fault").wait_for()
    yield "a server that cannot be added"
    with tool_servers() as (open_server, protected_server):
        for name, server in (("Donaudampfschifffahrtsgesellschaft" * 2, open_server), ("Vault", protected_server)):
            chat.visits("/account/tools/")
            chat.page.get_by_label("Address").fill(server)
            chat.page.get_by_label("Name").fill(name[:60])
            chat.page.get_by_role("button", name="Add").click()
            chat.page.get_by_role("heading", name=name[:60]).wait_for()
            yield f"the page of the server {name[:5]}"
        chat.page.get_by_role("button", name="Sign in").click()
        chat.page.get_by_role("link", name="Continue to 127.0.0.1").wait_for()
        yield "a sign-in with a server"
        chat.visits("/account/tools/")
        yield "servers"
        chat.page.get_by_role("link", name="Donau").click()
    chat.page.get_by_role("button", name="Refresh tools").click()
    chat.page.get_by_role("alert").wait_for()
    yield "a server that cannot be reached"


@contextmanager
def tool_servers() -> Iterator[tuple[str, str]]:
    """The addresses of a server whose tools have much to say, and of one that wants a sign-in."""
    wide = servers.tool("wide", "Donaudampfschifffahrtsgesellschaft" * 20, title="Donaudampfschifffahrts" * 5)
    rtl = servers.tool("rtl", "\u0634\u0643\u0631\u0627 \u0639\u0644\u0649 \u0633\u0624\u0627\u0644\u0643. " * 10)
    with Running(servers.lists(wide, rtl)) as open_server, protected_server() as locked:
        yield open_server.url, locked.server.url
