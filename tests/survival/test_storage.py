"""A full disk, or a SQLite file locked by somebody else: pages can be read, and nothing is lost."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep

import psutil
import pytest

from tests.survival.browser_tab import Person, Tab
from tests.survival.site_process import KillableSite

pytestmark = pytest.mark.timeout(400)

FULL_BYTES = 20_000  # no file grows beyond; smaller than the database, larger than the log


def at(*moments: tuple[int, Callable[[], object]]) -> Callable[[Tab], None]:
    """For Tab.reads: call each when the answer has counted so far."""

    left = list(moments)

    def look(tab: Tab) -> None:
        while left and int(tab.last_word or 0) >= left[0][0]:
            left.pop(0)[1]()

    return look


def limit_files(site: KillableSite, max_bytes: int) -> None:
    """The kernel refuses to make any file of the site larger: what a full disk is to it."""
    for process in [psutil.Process(site.pid), *site.workers()]:
        _, most = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (max_bytes, most))


def test_with_a_full_disk_pages_can_be_read_and_answers_are_not_lost(opens, openrouter, tmp_path):
    site = opens()
    person = Person(site, openrouter)
    short, tab = person.begins("[[tokens n=50 rate=40]]"), person.begins("[[tokens n=160 rate=40]]")
    refused, pages = [], []
    with ThreadPoolExecutor(1) as pool, closing(sqlite3.connect(tmp_path / "data" / "potluck.sqlite3")) as opened:
        opened.execute("SELECT count(*) FROM chat_reply").fetchone()  # keeps the log of SQLite from shrinking
        reading = pool.submit(short.reads)
        steps = at(
            (20, lambda: limit_files(site, FULL_BYTES)),
            (90, lambda: refused.append(person.posts("/chats/", text="Is there room?"))),
            (90, lambda: pages.append(person.looks_at(tab.chat))),
            (100, lambda: limit_files(site, psutil.RLIM_INFINITY)),
        )
        tab.reads(until=steps)
        reading.result()

    assert "checkpoints failed" in site.log(), "the disk was never full"
    assert (refused[0].status_code, "Is there room" in refused[0].text) == (503, False)
    assert pages[0].status_code == 200
    assert (short.end, short.last_word, tab.end, tab.last_word) == ("complete", "50", "complete", "160")
    assert short.shows_the_page()
    assert tab.shows_the_page()
    assert person.begins("Is there room?").reads_to_the_end().end == "complete"


@pytest.mark.parametrize("seconds", [3, 12])
def test_with_a_locked_database_answers_go_on_and_none_is_lost(opens, openrouter, tmp_path, seconds):
    site, other = opens("one"), opens("two")
    person = Person(site, openrouter)
    tab = person.begins("[[tokens n=200 rate=40]]")
    tab.reads(until=lambda tab: int(tab.last_word or 0) > 20)
    with ThreadPoolExecutor(4) as pool:
        with locked(tmp_path / "data" / "potluck.sqlite3"):
            reading = [pool.submit(each.reads_to_the_end) for each in (tab, tab.also_at(other))]
            asking = [pool.submit(person.at(each).posts, "/chats/", text="[[say Hi]]") for each in (site, other)]
            sleep(seconds)
        tabs = [each.result() for each in reading]
        answers = [each.result() for each in asking]

    assert {(each.end, each.last_word) for each in tabs} == {("complete", "200")}
    assert all(each.shows_the_page() for each in tabs)
    assert {answer.status_code for answer in answers} <= ({200} if seconds < 5 else {200, 503})
    assert "Traceback" not in "".join(answer.text for answer in answers)


@contextmanager
def locked(database: Path) -> Iterator[None]:
    with closing(sqlite3.connect(database, isolation_level=None, timeout=20)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
