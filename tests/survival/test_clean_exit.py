"""Ending a site on purpose, by any signal and in the middle of an answer, logs no error."""

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from time import sleep

import psutil
import pytest

from tests.survival.browser_tab import Person
from tests.survival.site_process import KillableSite

pytestmark = pytest.mark.timeout(400)


def ctrl_c(site: KillableSite) -> None:
    """The terminal sends it to all of them."""
    for process in [psutil.Process(site.pid), *site.workers()]:
        process.send_signal(signal.SIGINT)


def ctrl_c_again_and_again(site: KillableSite) -> None:
    processes = [psutil.Process(site.pid), *site.workers()]
    while processes[-1].is_running() and processes[-1].status() != psutil.STATUS_ZOMBIE:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)
        sleep(0.02)


def signalled(number: signal.Signals) -> Callable[[KillableSite], None]:
    return lambda site: psutil.Process(site.pid).send_signal(number)


WAYS = {
    "SIGTERM": signalled(signal.SIGTERM),
    "SIGINT": signalled(signal.SIGINT),
    "SIGQUIT": signalled(signal.SIGQUIT),
    "Ctrl-C": ctrl_c,
    "Ctrl-C again and again": ctrl_c_again_and_again,
}


@pytest.mark.parametrize("way", WAYS)
def test_the_answer_is_stored_and_the_log_has_a_few_lines_and_no_traceback(opens, openrouter, way, tmp_path):
    site = opens()
    tab = Person(site, openrouter).begins("[[tokens n=400 rate=20]]")
    tab.reads(until=lambda tab: int(tab.last_word or 0) > 3)
    before = site.log_length
    WAYS[way](site)
    site.wait_until_gone()

    assert "Traceback" not in site.log()
    assert len(site.log(before).splitlines()) < 8
    with closing(sqlite3.connect(tmp_path / "data" / "potluck.sqlite3")) as database:
        assert database.execute("SELECT state FROM chat_reply").fetchall() == [("interrupted",)]
