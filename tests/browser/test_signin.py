"""Signing in through OpenRouter, signing out, and a text whose writer's session has ended."""

import re

from playwright.sync_api import expect

from tests.browser.chat_page import SESSION_COOKIE
from tests.site import Site


def test_denying_is_explained_and_signing_in_can_be_retried(opens):
    visitor = opens()
    visitor.visits("/")
    visitor.signs_in(approves=False)

    expect(visitor.page.get_by_role("heading", name="Sign-in cancelled")).to_be_visible()
    visitor.signs_in()
    expect(visitor.message).to_be_visible()


def test_sign_in_leads_to_where_somebody_wanted_to_be(chat, opens, person):
    chat.asks("Where was I?").wait_for_state("complete")
    other_browser = opens()
    other_browser.visits(chat.page.url)
    other_browser.signs_in(person=person)

    expect(other_browser.page).to_have_url(chat.page.url)
    other_browser.answer.wait_for_text("Where was I?")


def test_two_tabs_sign_in_side_by_side(opens):
    first = opens()
    first.visits("/")
    second = first.in_another_tab("/")
    first.sign_in_button.click()
    second.sign_in_button.click()

    second.decides()
    expect(second.message).to_be_visible()
    first.decides()
    expect(first.message).to_be_visible()


def test_the_address_after_signing_in_is_clean_and_can_be_visited_again(opens):
    visitor = opens()
    visitor.visits("/")
    seen = []
    visitor.page.on("request", lambda request: seen.append(request.url))
    visitor.signs_in()
    expect(visitor.page).to_have_url(re.compile(r"/$"))

    callback = next(url for url in seen if "/signin/callback/" in url)
    visitor.visits(callback)

    expect(visitor.page).to_have_url(re.compile(r"/$"))
    expect(visitor.message).to_be_visible()


def test_signing_out_closes_the_chats(chat):
    chat.asks("Private").wait_for_state("complete")
    address = chat.page.url
    chat.visits("/account/")
    chat.page.get_by_role("button", name="Sign out").click()
    expect(chat.sign_in_button).to_be_visible()

    chat.visits(address)

    expect(chat.sign_in_button).to_be_visible()
    expect(chat.page.get_by_text("Private")).to_have_count(0)


def test_disconnecting_leads_to_the_key_at_openrouter(chat, person):
    chat.visits("/account/")
    chat.page.get_by_text("Disconnect from OpenRouter").click()
    chat.page.get_by_role("button", name="Disconnect", exact=True).click()
    expect(chat.page.get_by_text("It still exists at OpenRouter")).to_be_visible()

    chat.page.get_by_role("link", name="Delete it at OpenRouter").click()

    expect(chat.page.get_by_text(f"Belongs to {person}, is active")).to_be_visible()
    chat.visits("/")
    expect(chat.sign_in_button).to_be_visible()


def test_a_text_survives_the_end_of_the_session(chat, person):
    chat.asks("One").wait_for_state("complete")
    address = chat.page.url
    chat.writes("A long letter,\nwritten slowly")
    chat.browser.clear_cookies(name=SESSION_COOKIE)
    chat.send.click()
    chat.signs_in(person=person)

    expect(chat.page).to_have_url(address)
    expect(chat.message).to_have_value("A long letter,\nwritten slowly")
    chat.send.click()
    chat.answer.wait_for_text("A long letter")
    assert len(chat.requests_at_openrouter) == 2


def test_the_text_of_a_first_message_survives_the_end_of_the_session(chat, person):
    chat.writes("The very first words")
    chat.browser.clear_cookies(name=SESSION_COOKIE)
    chat.send.click()
    chat.signs_in(person=person)

    expect(chat.message).to_have_value("The very first words")


def test_two_sites_on_one_host_do_not_sign_each_other_out(chat, person, openrouter, tmp_path):
    with Site(tmp_path, openrouter_url=openrouter.url) as other_site:
        chat.page_errors.knows(other_site.url)
        other = chat.in_another_tab(f"{other_site.url}/account/")
        other.sign_in_button.click()
        other.page.get_by_role("radio", name=re.compile(rf"^{person}\b")).check()
        other.page.get_by_role("button", name="Approve").click()
        other.page.get_by_role("button", name="Dark").click()
        expect(other.page.locator("html")).to_have_attribute("data-theme", "dark")

        chat.visits("/account/")
        expect(chat.page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
        expect(chat.page.locator("html")).to_have_attribute("data-theme", "system")
        other.visits(f"{other_site.url}/account/")
        expect(other.page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
        expect(other.page.locator("html")).to_have_attribute("data-theme", "dark")
        other.visits("about:blank")
