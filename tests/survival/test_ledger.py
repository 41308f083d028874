"""The sum of the ledger equals OpenRouter's, to the last digit, whatever happens to two hundred answers."""

import csv
import io
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from itertools import cycle, islice
from pathlib import Path
from time import sleep

import pytest

from tests.replies.screen import Screen
from tests.survival.browser_tab import Person, Tab

pytestmark = pytest.mark.timeout(900)

CHATS, KILLED = 10, 6  # at the same time
QUESTIONS_EACH = 10  # in each chat, with two answers; all ask each text of each model, four times at least
MODELS = ["google/gemini-3.7-flash", "anthropic/claude-haiku-4.5", "openai/gpt-5.4-mini", "openai/gpt-oss-20b:free"]
STOPPED = "[[tokens n=5000 rate=500]]"
TEXTS = ["[[say Hello.]]", "[[tokens n=40]] [[cut after=20]]", "[[say Hello again.]]", "[[error 500]]", STOPPED]


def ask(person: Person, chat: str, text: str, model: str) -> Tab:
    while (sent := person.posts(f"{chat}messages/" if chat else "/chats/", text=text, model=model)).status_code == 429:
        sleep(0.2)  # the site is asked for more at a time than one person may
    assert sent.status_code == 200, sent.text
    reply_id = sent.text.partition('hx-sse:connect="')[2].split("/")[2]
    return Tab(person, reply_id, chat or sent.headers["HX-Push-Url"], Screen.of(sent.text, reply_id))


def chat_for_long(person: Person, first_model: int) -> str:
    """Ask in one chat, get every other answer twice, and stop the long ones; return the path of the chat."""
    chat, models = "", islice(cycle(MODELS), first_model, None)
    for text, model in islice(zip(cycle(TEXTS), models, strict=False), QUESTIONS_EACH):
        tab = ask(person, chat, text, model)
        chat = tab.chat
        if text == STOPPED:
            tab.reads(until=lambda tab: tab.text.strip())
            tab.stops()
        tab.reads_to_the_end()
        if text == STOPPED:
            ask(person, chat, TEXTS[0], model).reads_to_the_end()
        else:
            person.posts(f"/replies/{tab.reply_id}/retry/")
            wait_until_quiet(person, chat)
    return chat


def wait_until_quiet(person: Person, chat: str) -> None:
    while "hx-sse:connect" in person.looks_at(chat).text:
        sleep(0.05)


def rows_of(person: Person) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(person.looks_at("/account/spending.csv").text)))


def number_of_begun(folder: str) -> int:
    with closing(sqlite3.connect(Path(folder) / "potluck.sqlite3", timeout=30)) as database:
        begun = "SELECT count(*) FROM chat_reply WHERE state = 'streaming' AND generation_id <> ''"
        return int(database.execute(begun).fetchone()[0])


def test_two_hundred_mixed_answers_add_up_to_what_openrouter_says(opens, openrouter):
    openrouter.settings.bills_stopped, openrouter.settings.generation_seconds = True, 0.1
    site = opens()
    tabs = [Person(site, openrouter) for _ in range(CHATS)]  # of one person; all use the key of the last sign-in
    person = tabs[-1]
    person.posts("/preferences/", titles_by_model="on")
    with ThreadPoolExecutor(CHATS) as pool:
        chats = list(pool.map(chat_for_long, tabs, range(CHATS)))
    killed = [ask(person, chat, "[[tokens n=5000 rate=20]]", MODELS[1]) for chat in chats[:KILLED]]
    openrouter.wait_for(lambda: number_of_begun(site.environment["DATA_DIR"]) == KILLED)
    site.kill()
    after = person.at(opens("after"))
    for tab in killed:
        wait_until_quiet(after, tab.chat)

    openrouter.wait_for(lambda: all(row["cost_usd"] for row in rows_of(after)), seconds=60)
    rows, billed = rows_of(after), openrouter.billed()
    assert {row["generation_id"] for row in rows} == set(billed)
    assert sum(Decimal(row["cost_usd"]) for row in rows) == sum(billed.values())
    assert Counter(row["kind"] for row in rows)["title"] == CHATS
    assert {"complete", "stopped", "interrupted"} <= {row["state"] for row in rows}
    assert len(rows) > 0.8 * CHATS * 2 * QUESTIONS_EACH, "the others were refused"
