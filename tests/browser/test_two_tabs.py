"""A chat in two tabs: what happens in one is shown in the other when somebody returns to it."""

import contextlib
import re

import pytest
from playwright.sync_api import Error, expect

from tests.browser.background_tabs import hide, show
from tests.browser.wait import until

KEEP = "window.isSamePage = true"


def texts(chat):
    """What was asked and answered, in the order of the page."""
    return chat.conversation.locator("article > .text, article > [id^='done-']").all_inner_texts()


def cost(chat):
    return chat.page.locator("#chat-cost").inner_text()


@pytest.fixture
def asked(chat):
    chat.asks("[[say One]] first").wait_for_state("complete")
    chat.page.wait_for_url("**/chats/*/")
    return chat


@pytest.fixture
def other(asked):
    other = asked.in_another_tab()
    other.page.evaluate(KEEP)
    return other


def news_requests(page):
    seen = []
    page.on("request", lambda request: seen.append(request.url) if "shown=" in request.url else None)
    return seen


class TestComingBack:
    def test_messages_of_another_tab_are_shown(self, asked, other):
        hide(other.page)
        asked.asks("[[say Two]] second").wait_for_state("complete")
        asked.asks("[[say Three]] third").wait_for_state("complete")
        show(other.page)

        expect(other.answers).to_have_count(3)
        assert texts(other) == texts(asked)
        assert other.looks_like(asked)
        assert other.page.evaluate("isSamePage")
        until(other, lambda: cost(other) == cost(asked))

    def test_a_running_answer_of_another_tab_is_shown_and_can_be_stopped(self, asked, other):
        hide(other.page)
        asked.asks("[[tokens n=2000 rate=20]] second").wait_for_text("1 2 3")
        show(other.page)
        other.answer.wait_for_text("4 5 6")
        other.stop.click()

        other.answer.wait_for_state("stopped")
        asked.answer.wait_for_state("stopped")

    def test_sending_while_the_page_asks_for_news_shows_each_message_once(self, asked, other):
        hide(other.page)
        asked.asks("[[say Two]] second").wait_for_state("complete")
        held = []
        other.page.route("**/messages/?*shown=*", lambda route: held.append(route))
        with other.page.expect_request("**/messages/?*shown=*"):
            show(other.page)
        other.asks("[[say Three]] third").wait_for_state("complete")
        for route in held:
            with contextlib.suppress(Error):  # it is no longer waited for
                route.continue_()
        other.page.unroute("**/messages/?*shown=*")
        hide(other.page)
        with other.page.expect_response("**/messages/?*shown=*"):
            show(other.page)

        assert other.looks_like(asked.in_another_tab())

    def test_without_news_there_is_one_request(self, asked, other):
        seen = news_requests(other.page)
        hide(other.page)
        with other.page.expect_response(re.compile("shown=")) as response:
            show(other.page)

        assert response.value.status == 204
        assert len(seen) == 1
        expect(other.answers).to_have_count(1)

    def test_without_a_connection_there_is_no_error(self, asked, other):
        asked.page_errors.expects("ERR_INTERNET_DISCONNECTED|Failed to fetch|htmx:error")
        hide(other.page)
        other.browser.set_offline(True)
        with other.page.expect_event("requestfailed"):
            show(other.page)
        expect(other.page.locator("#composer-error")).to_be_empty()
        other.browser.set_offline(False)
        asked.asks("[[say Two]] second").wait_for_state("complete")
        hide(other.page)
        show(other.page)

        expect(other.answers).to_have_count(2)

    def test_changed_messages_are_shown_and_opened_thoughts_stay_open(self, asked, other):
        asked.asks("[[reasoning]] [[say Two]]").wait_for_state("complete")
        hide(other.page)
        show(other.page)
        expect(other.answers).to_have_count(2)
        thoughts = other.answer.article.locator(".thoughts")
        thoughts.locator("summary").click()
        hide(other.page)
        asked.questions.first.hover()
        asked.questions.first.get_by_role("link", name="Edit").click()
        asked.questions.first.get_by_role("textbox").fill("in other words")
        asked.questions.first.get_by_role("button", name="Save", exact=True).click()
        expect(asked.questions.first.locator("> .text")).to_have_text("in other words")
        show(other.page)

        expect(other.questions.first.locator("> .text")).to_have_text("in other words")
        expect(thoughts).to_have_attribute("open", "")

    def test_a_message_being_edited_is_not_replaced(self, asked, other):
        other.questions.first.hover()
        other.questions.first.get_by_role("link", name="Edit").click()
        other.questions.first.get_by_role("textbox").fill("half a thought")
        hide(other.page)
        asked.asks("[[say Two]] second").wait_for_state("complete")
        show(other.page)

        expect(other.answers).to_have_count(2)
        expect(other.questions.first.get_by_role("textbox")).to_have_value("half a thought")

    def test_code_that_arrived_meanwhile_can_be_copied(self, asked, other):
        hide(other.page)
        asked.asks("[[say ```py\nx = 1\n```]]").wait_for_state("complete")
        show(other.page)

        expect(other.answers).to_have_count(2)
        expect(other.answer.article.locator(".code-bar button").first).to_be_attached()


def test_a_message_from_a_stale_tab_stands_below_the_newest_answer(asked, other):
    asked.asks("[[say Two]] second").wait_for_state("complete")
    other.message.fill("[[say Three]] third")
    other.send.click()

    expect(other.answers).to_have_count(3)
    other.answer.wait_for_state("complete")
    assert texts(other) == ["[[say One]] first", "One", "[[say Two]] second", "Two", "[[say Three]] third", "Three"]
    assert other.page.evaluate("isSamePage")
    assert asked.in_another_tab().looks_like(other)


class TestCosts:
    def test_the_cost_of_a_broken_answer_appears_in_each_tab(self, asked, standin):
        standin.settings.generation_seconds = 1  # before the site first asks, and after the second tab is there
        answer = asked.asks("[[tokens n=60 rate=20]] [[cut after=50]]")
        answer.wait_for_text("1 2 3")
        before = cost(asked)
        tabs = [asked, asked.in_another_tab()]
        for tab in tabs:
            tab.page.evaluate(KEEP)

        for tab in tabs:
            tab.answer.wait_for_state("interrupted")
            expect(tab.answer.article.locator(".facts summary")).to_contain_text("$")
            expect(tab.page.locator("#chat-cost")).not_to_have_text(before)
            assert tab.page.evaluate("isSamePage")
        for tab in (tabs[1], asked.in_another_tab()):
            assert tab.looks_like(asked)
        until(asked, lambda: cost(tabs[0]) == cost(tabs[1]))

    def test_the_cost_of_a_stopped_answer_appears_by_itself(self, asked):
        answer = asked.asks("[[tokens n=3000 rate=20]]")
        answer.wait_for_text("1 2 3")
        asked.stop.click()
        answer.wait_for_state("stopped")
        expect(answer.article.locator(".facts summary")).to_contain_text("about $0.00")

        expect(answer.article.locator(".facts summary")).to_contain_text("free")  # says the stand-in of what was left
        expect(asked.page.locator("[data-bill]")).to_have_count(0)

    def test_the_page_stops_asking_for_a_cost_that_never_comes(self, asked, standin):
        standin.settings.generation_seconds = 100_000
        asked.page.clock.install()
        asked.asks("[[tokens n=60]] [[cut after=20]]").wait_for_state("interrupted")
        seen = news_requests(asked.page)
        few = [self.pass_a_while(asked.page, seen) for _ in range(5)][-1]

        assert 1 <= few <= 10
        assert self.pass_a_while(asked.page, seen) == few

    def pass_a_while(self, page, seen):
        """A minute, in steps in which no request takes too long."""
        for _ in range(6):
            page.clock.run_for(10_000)
            expect(page.locator(".htmx-request")).to_have_count(0)
        return len(seen)

    def test_a_known_cost_is_not_asked_for(self, asked):
        seen = news_requests(asked.page)
        asked.asks("[[say Two]]").wait_for_state("complete")
        asked.page.wait_for_load_state("networkidle")

        assert not seen
        expect(asked.page.locator("[data-bill]")).to_have_count(0)
