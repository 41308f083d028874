"""The list of chats: its menus, loading older ones, and news from other chats."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.paused_answers import answers_in_parts
from tests.browser.wait import until


@pytest.fixture
def rows(chat) -> Locator:
    return chat.page.locator("#chat-list .chat")


def chooses(chat, title: str, option: str) -> None:
    chat.page.get_by_role("listitem").filter(has_text=title).hover()
    chat.page.get_by_role("button", name=f"Options for {title}").click()
    chat.page.locator("#chat-menu").get_by_role("button", name=option, exact=True).click()


def copies(chat, times: int) -> None:
    """Fill the list: each copy is a chat of its own."""
    message = str(chat.questions.last.get_attribute("id")).removeprefix("message-")
    for _ in range(times):
        form = {"csrfmiddlewaretoken": chat.csrf_token}
        assert chat.browser.request.post(f"/messages/{message}/fork/", form=form, max_redirects=0).status == 302


def test_a_chat_is_renamed_pinned_deleted_and_restored_in_its_row(chat, rows):
    chat.asks("First").wait_for_state("complete")
    chat.visits("/")
    chat.asks("Second").wait_for_state("complete")
    field = chat.page.locator("#chat-list").get_by_label("Title")

    chooses(chat, "First", "Rename")
    expect(field).to_be_focused()
    chat.page.evaluate("htmx.trigger('#chat-list', 'look')")  # takes nothing out of anybody's hands
    field.press_sequentially("Thrown away")
    field.press("Escape")
    expect(rows).to_have_text(["Second", "First"])
    chooses(chat, "First", "Rename")
    field.fill("Dinner for two")
    field.press("Enter")
    expect(rows).to_have_text(["Second", "Dinner for two"])
    expect(field).to_have_count(0)

    chooses(chat, "Dinner for two", "Pin")
    expect(rows).to_have_text(["Dinner for two", "Second"])

    chat.page_errors.expects("503")
    chat.page.route("**/deletion/", lambda route: route.fulfill(status=503))
    chooses(chat, "Dinner for two", "Delete")
    expect(chat.page.locator("#undo")).to_have_text("That didn't work. Check your connection and try again.")
    chat.page.unroute("**/deletion/")
    chooses(chat, "Dinner for two", "Delete")
    expect(rows).to_have_text(["Second"])
    expect(rows.first.get_by_role("link")).to_be_focused()
    chat.page.get_by_role("button", name="Undo").press("Enter")
    expect(rows).to_have_text(["Dinner for two", "Second"])
    expect(rows.first.get_by_role("link")).to_be_focused()
    expect(chat.page.get_by_role("button", name="Undo")).to_have_count(0)
    expect(rows.last.get_by_role("link")).to_have_attribute("aria-current", "page")


def test_renaming_in_the_heading_changes_the_list_and_the_tab(chat, rows):
    chat.asks("First").wait_for_state("complete")
    heading = chat.page.get_by_role("heading", level=1)
    heading.click()
    chat.page.locator("#chat-heading > form").get_by_label("Title").fill("Dinner for two")
    chat.message.click()  # leaving it saves

    expect(rows).to_have_text(["Dinner for two"])
    expect(heading).to_have_text("Dinner for two")
    expect(chat.page).to_have_title(re.compile("^Dinner for two"))

    heading.click()
    chat.page.locator("#chat-heading > form").get_by_label("Title").press("Enter")
    expect(chat.message).to_be_focused()


def test_older_chats_are_loaded_while_scrolling_and_keep_their_place(chat, rows):
    chat.asks("First").wait_for_state("complete")
    copies(chat, 41)
    chat.page.reload()
    expect(rows).to_have_count(40)
    rows.last.scroll_into_view_if_needed()
    expect(rows).to_have_count(42)

    rows.last.get_by_role("link").focus()
    scroll_top = "list => list.scrollTop"
    top = chat.page.locator("#chat-list").evaluate(scroll_top)
    with chat.page.expect_response(re.compile(r"/chats/\?page=\d+&page=\d+$")):
        chat.page.evaluate("htmx.trigger('#chat-list', 'look')")
    expect(rows).to_have_count(42)
    expect(rows.last.get_by_role("link")).to_be_focused()
    assert chat.page.locator("#chat-list").evaluate(scroll_top) == top


def test_an_answer_that_ends_while_the_list_is_awaited_is_in_it(chat, rows):
    chat.asks("[[say One]]").wait_for_state("complete")
    expect(rows).to_have_count(1)
    late = []
    chat.page.route("**/chats/?*", lambda route: late.append((route, route.fetch())), times=1)
    chat.asks("[[say Two]]").wait_for_state("complete")
    until(chat, lambda: bool(late))
    chat.asks("[[say Three]]").wait_for_state("complete")
    form = {"csrfmiddlewaretoken": chat.csrf_token, "title": "Dinner"}
    chat.browser.request.post(f"{chat.page.url}title/", form=form)
    cost = chat.page.locator("#chat-cost").inner_text()
    (route, answer), *_ = late
    with chat.page.expect_response("**/chats/?*"):
        route.fulfill(response=answer)

    expect(rows).to_have_text(["Dinner"])
    expect(chat.page.locator("#chat-cost")).to_have_text(cost, use_inner_text=True)


def test_the_end_of_an_answer_in_another_chat_is_shown_and_links_to_it(chat):
    (may_begin,) = answers_in_parts(chat.standin, "", "Soup.")
    chat.asks("Meanwhile").wait_for_state("waiting")
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.answers).to_have_count(0)
    may_begin.set()
    toast = chat.page.get_by_role("link", name=re.compile("^Answer ready · Meanwhile"))
    toast.hover()  # it waits as long as somebody points at it
    toast.click()

    expect(chat.answer.article).to_contain_text("Soup.")
