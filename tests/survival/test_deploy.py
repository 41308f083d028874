"""SIGTERM: running answers may finish, nobody is disconnected early, and new code takes over without a lost event."""

import pytest

from tests.survival.browser_tab import Person

pytestmark = pytest.mark.timeout(400)

LIVELY = "[[markdown kb=6 rate=500]]"  # some 3 s


def test_a_reply_may_finish_and_its_reader_sees_the_end(opens, openrouter):
    site = opens(GRACE_SECONDS="30")
    tab = Person(site, openrouter).begins(LIVELY)
    tab.reads(until=lambda tab: tab.screen.last_id and site.terminate())

    assert (tab.end, tab.disconnections) == ("complete", [])
    again = opens("two")
    tab.person = tab.person.at(again)
    assert tab.shows_the_page()
    assert len(openrouter.chat_requests) == 1


def test_an_answer_that_outlasts_the_grace_period_is_stored_and_marked(opens, openrouter):
    site = opens(GRACE_SECONDS="1")
    tab = Person(site, openrouter).begins("[[tokens n=40]] [[mute after=30]]")
    tab.reads(until=lambda tab: tab.last_word == "30" and site.terminate())

    assert (tab.end, tab.disconnections) == ("interrupted", [])
    site.wait_until_gone()
    tab.person = tab.person.at(opens("two"))
    assert tab.state() == "interrupted"
    assert tab.shows_the_page()
    assert tab.last_word == "30"


def test_new_code_takes_over_without_a_lost_event(opens, openrouter):
    old, new = opens("old", GRACE_SECONDS="30"), opens("new")
    person = Person(old, openrouter)
    tab = person.begins(LIVELY)
    other_tab = tab.also_at(new)  # with a page on which nothing of the answer is yet
    tab.reads(until=lambda tab: tab.screen.last_id)
    other_tab.reads(until=lambda tab: tab.screen.last_id)
    old.terminate()
    tab.person = person.at(new)  # the balancer knows the old one no more
    for each in (tab, other_tab):
        each.reads_to_the_end()

    assert (tab.end, other_tab.end) == ("complete", "complete")
    assert tab.connections > 1
    assert tab.shows_the_page()
    assert other_tab.shows_the_page()
    assert len(openrouter.chat_requests) == 1
    old.wait_until_gone()


def test_a_reader_through_another_process_is_disconnected_cleanly(opens, openrouter):
    maker, relay = opens("maker"), opens("relay", GRACE_SECONDS="60")
    tab = Person(maker, openrouter).begins("[[tokens n=40]] [[mute after=30]]")
    tab.reads(until=lambda tab: tab.last_word == "30")
    away = tab.also_at(relay)
    away.reads(until=lambda tab: tab.last_word == "30" and relay.terminate())
    relay.wait_until_gone()

    assert (away.end, away.disconnections) == ("", [])
    assert openrouter.open_streams


def test_idle_connections_do_not_delay_the_end(opens, openrouter):
    site = opens(GRACE_SECONDS="60")
    Person(site, openrouter)
    site.terminate()

    site.wait_until_gone()
