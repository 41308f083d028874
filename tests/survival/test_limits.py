"""Many questions at the same moment, in several processes, cannot exceed a spending limit together."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.postgresql.conftest import new_database
from tests.survival.browser_tab import Person

pytestmark = pytest.mark.timeout(400)

QUESTIONS = 50
MOST_CONNECTIONS = 10  # of a process to PostgreSQL
HAIKU = "anthropic/claude-haiku-4.5"
LONGEST_DOLLARS = 16_384 * 0.000005  # what its longest answer costs


def ask_at_once(site, person, count):
    """Ask in as many new chats, each from a tab of its own; return the statuses."""
    tabs = [person.at(site) for _ in range(count)]
    with ThreadPoolExecutor(count) as pool:
        sent = [pool.submit(tab.posts, "/chats/", text="Hello?", model=HAIKU) for tab in tabs]
        return [each.result().status_code for each in sent]


def test_fifty_questions_at_once_against_a_limit_that_admits_seven(opens, openrouter, database_url):
    site = opens(WEB_CONCURRENCY="2", DATABASE_URL=database_url)
    person = Person(site, openrouter)
    person.posts("/account/limits/", limit_per_day=f"{6.5 * LONGEST_DOLLARS:.6f}")
    openrouter.wait_for(lambda: HAIKU in person.looks_at("/models/").text)  # one process at least knows the prices
    openrouter.answers("silence", times=None)
    statuses = ask_at_once(site, person, QUESTIONS)

    assert sorted(statuses) == [200] * 7 + [422] * (QUESTIONS - 7)
    openrouter.wait_for(lambda: len(openrouter.chat_requests) == 7)
    longest = sorted(request.body["max_completion_tokens"] for request in openrouter.chat_requests)
    assert longest[1:] == [16_384] * 6, "six have all they want"
    assert 256 <= longest[0] < 16_384, "and one what was left"


def test_what_was_reserved_is_given_back_after_a_kill(opens, openrouter):
    site = opens()
    person = Person(site, openrouter)
    person.posts("/account/limits/", limit_per_day=f"{2.2 * LONGEST_DOLLARS:.6f}")
    openrouter.answers("silence", times=3)
    assert sorted(ask_at_once(site, person, 4)) == [200, 200, 200, 422]
    openrouter.wait_for(lambda: len(openrouter.chat_requests) == 3)
    site.kill()
    other = opens("other")

    openrouter.wait_for(lambda: ask_at_once(other, person.at(other), 1) == [200], seconds=40)


def test_many_questions_at_once_leave_database_connections_for_others(opens, openrouter, server):
    with new_database(server.url) as url:
        site = opens(DATABASE_URL=url)
        alice, bob = Person(site, openrouter), Person(site, openrouter, "bob")
        with ThreadPoolExecutor(1) as pool, psycopg.connect(url) as other:
            other.execute("SELECT * FROM chat_user FOR UPDATE")
            asking = pool.submit(ask_at_once, site, alice, MOST_CONNECTIONS + 5)
            openrouter.wait_for(lambda: connections(site) > MOST_CONNECTIONS + 5)
            assert {bob.looks_at("/").status_code for _ in range(5)} == {200}
            assert not asking.done(), "nobody waited, so nothing was tested"
            other.rollback()

        assert set(asking.result()) <= {200, 422}


def connections(site) -> int:
    (worker,) = site.workers()
    return sum(each.laddr.port == site.port and bool(each.raddr) for each in worker.net_connections("tcp"))
