"""Every state of every page is accessible: axe-core's rules, every width, touch, and reduced motion."""

import pytest

from tests.browser.layout_checks import complaints_about
from tests.browser.states import STORIES

# To be seen on a phone in dark colours only, when this heading has been found good in all other ways.
FAINT = """
const sheet = new CSSStyleSheet();
sheet.replaceSync("@media (max-width: 400px) and (prefers-color-scheme: dark) { h1 { color: #333 !important } }");
document.adoptedStyleSheets = [sheet];
"""


@pytest.mark.parametrize("story", STORIES)
def test_page_states_are_accessible(chat, story):
    found = {state: complaints for state in story(chat) if (complaints := complaints_about(chat))}

    assert found == {}


def test_bad_pages_are_noticed(chat):
    chat.page.evaluate("document.querySelector('#text').labels[0].remove()")
    chat.page.evaluate("document.querySelector('#text').placeholder = ''")
    chat.page.evaluate("document.querySelector('.bar').style.minWidth = '700px'")
    chat.page.evaluate("document.querySelector('.chosen').textContent = ''")
    chat.page.evaluate("document.querySelector('.model').style.minHeight = 0")
    chat.page.evaluate("document.querySelector('h1').animate([{opacity: 0}], {duration: 60_000})")
    chat.page.evaluate(FAINT)
    found = complaints_about(chat)

    for complaint in ("label:", 'class="bar"', " x 0: <select", "moves", "color-contrast: "):
        assert any(complaint in line for line in found), complaint
