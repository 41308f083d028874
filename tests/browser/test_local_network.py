"""Plain http in a local network: people paste a code from OpenRouter, and no page needs a secure context."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import image_files
from tests.browser.conftest import LOCAL_NETWORK, PHONE
from tests.browser.layout_checks import complaints_about
from tests.site import Site


@pytest.fixture(scope="module")
def site(openrouter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site in a local network")
    with Site(folder, openrouter_url=openrouter.url, host=LOCAL_NETWORK) as site:
        yield site


def gets_code(visitor, person):
    """Open OpenRouter in a tab of its own, approve there, and close it."""
    with visitor.page.expect_popup() as opened:
        visitor.page.get_by_role("link", name="Get a code from OpenRouter").click()
    tab = opened.value
    tab.get_by_role("radio", name=re.compile(rf"^{person}\b")).check()
    tab.get_by_role("button", name="Approve").click()
    code = tab.locator("code").inner_text()
    tab.close()
    return code


def pastes(visitor, text):
    visitor.page.get_by_role("textbox", name="Paste the code that OpenRouter shows you").fill(text)
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}, {"viewport": PHONE}], ids=str)
def test_a_code_from_openrouter_signs_in(opens, person, options):
    visitor = opens(**options)
    visitor.page_errors.expects("status of 400")
    visitor.visits("/account/")
    visitor.sign_in_button.click()
    expect(visitor.page.get_by_text("not private")).to_be_visible()
    pastes(visitor, "made-up")
    expect(visitor.page.get_by_role("alert")).to_contain_text("didn't accept the sign-in code")
    pastes(visitor, f" {gets_code(visitor, person)}\n")

    expect(visitor.page.get_by_role("heading", name="Account", exact=True)).to_be_visible()


def test_the_operator_is_warned(site):
    assert "PUBLIC_URL is plain http" in site.log()


def test_everything_works_without_a_secure_context(opens, person):
    visitor = opens()
    visitor.visits("/")
    assert not visitor.page.evaluate("isSecureContext")
    visitor.sign_in_button.click()
    pastes(visitor, gets_code(visitor, person))
    visitor.asks("[[markdown kb=2]]", images=[image_files.png()]).wait_for_state("complete")

    visitor.page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(visitor.page.get_by_role("button", name="Copied", exact=True).first).to_be_visible()
    visitor.asks("[[tokens n=4000 rate=40]]").wait_for_text("1 2 3")
    visitor.stop.click()
    visitor.answer.wait_for_state("stopped")
    visitor.page.reload()
    visitor.answer.wait_for_state("stopped")


def test_the_page_for_the_code_is_accessible(opens):
    visitor = opens()
    visitor.page_errors.expects("status of 400")
    visitor.visits("/")
    visitor.sign_in_button.click()
    pastes(visitor, "made-up")
    expect(visitor.page.get_by_role("alert")).to_be_visible()

    assert complaints_about(visitor) == []
