"""kill -9: of a worker, of all processes, of the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests

from chat.replies.lease import LEASE
from chat.replies.recover import NOTICE_SECONDS
from tests.survival.browser_tab import Person
from tests.survival.postgresql import PostgreSQL

pytestmark = pytest.mark.timeout(400)

COUNTING = "[[tokens n=2000 rate=20]]"
PROMISED_SECONDS = 10  # until the end is announced
TOKENS_A_SECOND = 20
MOST_LOST_SECONDS = 2  # half a second where nobody else needs the machine


def counted_to(tab) -> int:
    return int(tab.last_word or 0)


@pytest.mark.parametrize("master", [False, True], ids=["a worker", "all processes"])
def test_an_answer_of_a_killed_process_is_interrupted_and_loses_at_most_a_second(opens, openrouter, master):
    site, other = opens("one"), opens("two")
    tab = Person(site, openrouter).begins(COUNTING)
    tab.reads(until=lambda tab: counted_to(tab) > 60 and site.kill(master=master))
    seen = counted_to(tab)
    tab.reads_to_the_end(tab.person.at(other))

    assert LEASE.total_seconds() + NOTICE_SECONDS < PROMISED_SECONDS
    assert tab.end == "interrupted"
    assert counted_to(tab) >= seen - MOST_LOST_SECONDS * TOKENS_A_SECOND
    tab.person = tab.person.at(other)
    assert tab.shows_the_page()
    openrouter.wait_for(lambda: openrouter.closed_early)
    assert len(openrouter.chat_requests) == 1


def test_a_killed_worker_is_replaced(opens, openrouter):
    site = opens()
    tab = Person(site, openrouter).begins("[[say Hello]]")
    site.kill(master=False)

    assert tab.reads_to_the_end().end == "complete"
    assert tab.shows_the_page()
    assert len(openrouter.chat_requests) == 1


def test_workers_without_a_master_finish_their_answers_and_free_the_port(opens, openrouter):
    site = opens(GRACE_SECONDS="30")
    tab = Person(site, openrouter).begins("[[tokens n=40 rate=20]]")
    orphans = site.workers()
    tab.reads(until=lambda tab: counted_to(tab) > 5 and site.kill_master())

    assert (tab.end, counted_to(tab)) == ("complete", 40)
    _, alive = psutil.wait_procs(orphans, timeout=50)
    assert not alive
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{site.url}/healthz")


@pytest.fixture
def database() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


def test_a_request_waits_for_a_database_that_restarts(opens, openrouter, database):
    site = opens(DATABASE_URL=database.url)
    person = Person(site, openrouter)
    database.stop()
    log_starts_at = site.log_length
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(person.looks_at, "/")
        openrouter.wait_for(lambda: site.log(after=log_starts_at).count("reconnection attempt") >= 3)
        database.start()

    assert waiting.result().status_code == 200


@pytest.mark.parametrize(
    ("leave", "back_at"), [(PostgreSQL.stop, 60), (PostgreSQL.kill, 160)], ids=["for a while", "killed, until the end"]
)
def test_streams_go_on_without_the_database_and_are_stored_later(opens, openrouter, database, leave, back_at):
    site, other = opens("one", DATABASE_URL=database.url), opens("two", DATABASE_URL=database.url)
    tab = Person(site, openrouter).begins("[[tokens n=160 rate=40]]")
    tab.looks_in()
    steps = [lambda: leave(database), database.start]
    moments = [20, back_at]

    def takes_the_next_step(tab) -> None:
        if moments and counted_to(tab) >= moments[0]:
            moments.pop(0)
            steps.pop(0)()

    with ThreadPoolExecutor(1) as pool:
        other_tab = pool.submit(tab.also_at(other).reads_to_the_end)
        tab.reads(until=takes_the_next_step)

    assert (tab.end, counted_to(tab), tab.disconnections) == ("complete", 160, [])
    assert (other_tab.result().end, other_tab.result().disconnections) == ("complete", [])
    assert "checkpoints failed" in site.log()
    assert tab.shows_the_page()
    assert other_tab.result().shows_the_page()
    assert len(openrouter.chat_requests) == 1
