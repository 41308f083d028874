"""A spending limit that many questions at the same moment, in several processes, cannot pass together."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.survival.tab import Person

pytestmark = pytest.mark.timeout(400)

QUESTIONS = 50
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
