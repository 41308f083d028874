"""axe-core finds nothing to complain about in any state, on a phone and a desktop, in light and dark."""

from importlib.resources import files

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.states import STATES

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
RUN = """
async (only) => {
  const options = only ? { runOnly: { type: "rule", values: only } } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...options });
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join("  ")}`);
}
"""
# What can depend on width or colours; all other rules see the same page again.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]


def violations(chat, *, size, colours, rules=None) -> list[str]:
    chat.page.set_viewport_size(size)
    chat.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    found: list[str] = chat.page.evaluate(RUN, rules)
    return found


@pytest.mark.parametrize("enter", STATES)
def test_nothing_is_in_anybodys_way(chat, enter):
    enter(chat)
    chat.page.evaluate(AXE)  # a script element would be stopped by the CSP

    assert violations(chat, size=DESKTOP, colours="light") == []
    assert violations(chat, size=DESKTOP, colours="dark", rules=COLOUR_RULES) == []
    assert violations(chat, size=PHONE, colours="light", rules=None) == []
    assert violations(chat, size=PHONE, colours="dark", rules=COLOUR_RULES) == []


def test_the_open_drawer_and_the_tools_of_a_chat(chat):
    chat.asks("Hello").wait_for_state("complete")
    chat.page.evaluate(AXE)
    chat.page.get_by_role("button", name="Rename, pin or delete this chat").click()
    assert violations(chat, size=DESKTOP, colours="light") == []

    chat.page.keyboard.press("Escape")
    chat.page.set_viewport_size(PHONE)
    chat.page.get_by_role("button", name="Chats").click()
    chat.page.get_by_role("button", name="Options for Hello").click()
    assert violations(chat, size=PHONE, colours="light") == []
    chat.page.get_by_role("button", name="Rename", exact=True).click()
    assert violations(chat, size=PHONE, colours="light") == []


def test_the_tests_would_notice(chat):
    chat.page.evaluate(AXE)
    chat.page.evaluate("document.querySelector('#text').labels[0].remove()")
    chat.page.evaluate("document.querySelector('#text').placeholder = ''")

    assert any(line.startswith("label:") for line in violations(chat, size=DESKTOP, colours="light"))
