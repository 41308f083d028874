"""A browser profile that tests share holds nothing of the test before."""

import pytest

from tests.browser.conftest import DESKTOP
from tests.browser.shared_profile import SharedProfile

LEAVES = """
localStorage.setItem("draft", "x");
sessionStorage.setItem("draft", "x");
document.cookie = "theme=dark";
"""
FINDS = """
async () => {
  const { state } = await navigator.permissions.query({ name: "clipboard-read" });
  return [localStorage.length, sessionStorage.length, document.cookie, history.length, navigator.onLine, state];
}
"""


@pytest.fixture
def new_page(browser, site):
    profile = SharedProfile(browser, {"viewport": DESKTOP})

    def open_page():
        page = profile.new_page(site_url=site.url)
        page.goto("/healthz")
        return page

    yield open_page
    profile.discard()


def test_a_shared_profile_is_empty(new_page):
    page = new_page()
    before = page.evaluate(FINDS)
    page.goto("/readyz")
    page.evaluate(LEAVES)
    page.context.grant_permissions(["clipboard-read"])
    page.context.set_offline(True)
    assert [left for left, fresh in zip(page.evaluate(FINDS), before, strict=True) if left == fresh] == []
    again = new_page()

    assert page.is_closed()
    assert again.evaluate(FINDS) == before
    assert again.context == page.context


def test_a_fake_clock_ends_a_shared_profile(new_page):
    page = new_page()
    page.clock.install()

    assert new_page().context != page.context
