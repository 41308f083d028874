"""Checks a page for accessibility, overflow, small controls and motion: each function returns a list of complaints."""

from typing import Literal

from playwright.sync_api import ViewportSize

from tests.browser import axe
from tests.browser.chat_page import Chat
from tests.browser.conftest import DESKTOP, PHONE

ColorScheme = Literal["light", "dark"]

SMALLEST = ViewportSize(width=320, height=568)
ZOOMED = ViewportSize(width=640, height=400)  # 200 % on a window of 1280 px gives the page half of its pixels

# What can depend on colours; all other rules see the same page again.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

# Elements that stick out to the right, unless something around them scrolls or clips on purpose.
STICKING_OUT = """
() => {
  const clips = (element) => element.matches("#conversation, body, html") === false
    && getComputedStyle(element).overflowX !== "visible";
  const isClipped = (element) => {
    for (let parent = element.parentElement; parent; parent = parent.parentElement) if (clips(parent)) return true;
    return false;
  };
  const [page, region] = [document.documentElement, document.querySelector("#conversation")];
  const found = [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5 && !isClipped(element))
    .map((element) => element.outerHTML.slice(0, 120));
  if (page.scrollWidth > page.clientWidth) found.push("the page scrolls sideways");
  if (region && region.scrollWidth > region.clientWidth) found.push("the conversation scrolls sideways");
  return found;
}
"""

# A control is as large as itself, or as the label around it; links inside of a text are as high as its lines.
TOO_SMALL = """
() => {
  const controls = "a[href], button, summary, select, textarea, input:not([type='hidden']), [role='button']";
  const isInText = (element) => element.matches("a, .link")
    && element.closest("p, li, div.footnote, #image-warning")?.textContent.trim().length
      > element.textContent.trim().length;
  const area = (element) => (element.closest("label:not(.visually-hidden)") ?? element).getBoundingClientRect();
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true })
    && !element.matches(":disabled, .skip, .visually-hidden");
  return [...document.querySelectorAll(controls)]
    .filter((element) => isShown(element) && !isInText(element))
    .map((element) => [element, area(element)])
    .filter(([, { width, height }]) => width < 43.5 || height < 43.5)
    .map(([element, { width, height }]) => `${width} x ${height}: ${element.outerHTML.slice(0, 160)}`);
}
"""

MOVING = "() => document.getAnimations().map((one) => `${one.animationName ?? one.transitionProperty} moves`)"


def complaints_about(chat: Chat) -> list[str]:
    """All complaints, in every size and colour scheme. Afterwards the page is as before, but without a mouse."""
    chat.page.wait_for_load_state()  # a click on a link returns when the page begins to arrive
    found = [*_by_axe(chat), *_that_moves(chat), *_too_small_to_touch(chat)]
    for size in (SMALLEST, ZOOMED):
        chat.page.set_viewport_size(size)
        found += chat.page.evaluate(STICKING_OUT)
    chat.page.set_viewport_size(DESKTOP)
    return found


def _by_axe(chat: Chat) -> list[str]:
    axe.load(chat.page)
    found: list[str] = []
    for size in (DESKTOP, PHONE):
        chat.page.set_viewport_size(size)
        found += _in_colours(chat, "light") + _in_colours(chat, "dark", rules=COLOUR_RULES)
    return found


def _in_colours(chat: Chat, colours: ColorScheme, *, rules: list[str] | None = None) -> list[str]:
    chat.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    return axe.complaints(chat.page, rules=rules)


def _that_moves(chat: Chat) -> list[str]:
    found: list[str] = chat.page.evaluate(MOVING)
    chat.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    return found


def _too_small_to_touch(chat: Chat) -> list[str]:
    """For a page that is as wide as a phone already: each new size is laid out and drawn."""
    wire = chat.browser.new_cdp_session(chat.page)
    wire.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    found: list[str] = chat.page.evaluate(TOO_SMALL)
    wire.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    wire.detach()
    return found
