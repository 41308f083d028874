"""However many readers leave and return, OpenRouter is asked once, and the answer is complete."""

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import pytest

from tests.survival.browser_tab import Person, Tab

pytestmark = pytest.mark.timeout(400)

READERS = 30
COUNT = "[[tokens n=30 rate=30]]"


def test_many_readers_in_two_processes_cause_one_request(opens, openrouter):
    sites = [opens("one"), opens("two")]
    tab = Person(sites[0], openrouter).begins(f"[[headers after=0.5]] {COUNT}")
    readers = [tab.also_at(site) for site in islice(cycle(sites), READERS)]
    with ThreadPoolExecutor(READERS) as pool:
        list(pool.map(Tab.reads_to_the_end, readers))

    assert len(openrouter.chat_requests) == 1
    assert {reader.end for reader in readers} == {"complete"}
    assert all(reader.screen.of_reply() == readers[0].screen.of_reply() for reader in readers)
    assert tab.also_at(sites[1]).page().count("data-state") == 1
    assert readers[0].shows_the_page()


def test_a_reader_who_leaves_finds_the_whole_answer_later(opens, openrouter):
    site = opens()
    person = Person(site, openrouter)
    person.posts_and_leaves("/chats/", text=f"[[say I was sent blindly.]] {COUNT}")
    looked_in, half_read = person.begins(COUNT), person.begins(COUNT)
    looked_in.looks_in()
    half_read.reads(until=lambda tab: tab.last_word == "10")
    chats = openrouter.wait_for(lambda: chats if len(chats := person.chats()) == 3 else [])
    done = 'data-state="complete"'
    openrouter.wait_for(lambda: all(done in person.looks_at(chat).text for chat in chats))

    assert len(openrouter.chat_requests) == 3
    assert not openrouter.closed_early
    for tab in (looked_in, half_read):
        assert tab.reads().shows_the_page()
        assert tab.last_word == "30"
