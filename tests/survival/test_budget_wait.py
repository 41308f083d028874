"""A process that dies while a reply waits for credits: the reply can be retried, as after any other crash."""

import pytest

from tests.survival.browser_tab import Person

pytestmark = pytest.mark.timeout(400)

RESERVED = {"kind": "in-flight", "retry_after": 50}


def is_pause(name: str, data: str) -> bool:
    return name == "quiet" and data.startswith("-")


def begins_to_wait(site, openrouter):
    openrouter.answers(402, **RESERVED)
    tab = Person(site, openrouter).begins("[[say Hello]]")
    tab.reads(until=lambda tab: any(is_pause(*event) for event in tab.screen.heard))
    return tab


def test_two_processes_show_the_wait_and_kill_9_loses_nothing(opens, openrouter):
    site, other = opens("one"), opens("two")
    tab = begins_to_wait(site, openrouter)
    other_tab = tab.also_at(other)
    other_tab.reads(until=lambda tab: any(is_pause(*event) for event in tab.screen.heard))
    assert "your other answers have reserved your credits" in other_tab.page()
    site.kill(master=True)
    tab.reads_to_the_end(tab.person.at(other))

    assert (tab.end, len(openrouter.chat_requests)) == ("interrupted", 1)
    tab.person = tab.person.at(other)
    assert "Retry" in tab.page()
    assert "have reserved your credits" not in tab.page()
    assert tab.shows_the_page()


def test_sigterm_ends_the_wait(opens, openrouter):
    site, other = opens("one"), opens("two")
    tab = begins_to_wait(site, openrouter)
    site.terminate()
    tab.reads_to_the_end(tab.person.at(other))

    assert (tab.end, len(openrouter.chat_requests)) == ("interrupted", 1)
    tab.person = tab.person.at(other)
    assert "Retry" in tab.page()
