"""The notice that a key has little left appears on an open page after the answer that used the rest."""

import sqlite3
from contextlib import closing
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.chat_page import Chat
from tests.browser.long_chat import PATIENCE_SECONDS
from tests.site import Site


def was_asked_long_ago(site: Site) -> None:
    """OpenRouter, about every key: two minutes ago, so that it may be asked again."""
    file = Path(site.environment["DATA_DIR"]) / "potluck.sqlite3"
    with closing(sqlite3.connect(file, timeout=PATIENCE_SECONDS)) as database, database:
        for column in ("fetched_at", "next_fetch_at"):
            database.execute(f"UPDATE chat_storedkey SET {column} = datetime({column}, '-2 minutes')")  # noqa: S608


def gets_a_key(chat: Chat, *, balance: float) -> None:
    chat.standin.says_of_credits(balance)
    chat.is_signed_in(chat.person)
    chat.visits("/account/")
    chat.standin.wait_for(lambda: (chat.page.reload(), chat.page.get_by_text(f"${balance}").count())[1])
    chat.visits("/")


def test_the_notice_appears_and_disappears_on_an_open_page(chat, site):
    notice = chat.page.locator("#key-notice")
    gets_a_key(chat, balance=1.23)
    expect(notice).to_be_empty()
    was_asked_long_ago(site)
    chat.standin.says_of_credits(0.42)
    chat.asks("[[say Hello]]").wait_for_state("complete")
    expect(notice).to_contain_text("You have $0.42 in credits left.")

    was_asked_long_ago(site)
    chat.standin.says_of_credits(30)
    chat.asks("[[say Hello again]]").wait_for_state("complete")
    expect(notice.locator("p")).to_have_count(0)
