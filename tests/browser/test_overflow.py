"""No page is wider than its window: on the smallest phone, and at 200 % zoom."""

import pytest

from tests.browser.states import STATES

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


@pytest.mark.parametrize("enter", STATES)
def test_nothing_sticks_out(chat, enter):
    enter(chat)

    chat.page.set_viewport_size({"width": 320, "height": 568})
    assert chat.page.evaluate(STICKING_OUT) == []
    # 200 % zoom on a 1280 px window gives the page half of its pixels.
    chat.page.set_viewport_size({"width": 640, "height": 400})
    assert chat.page.evaluate(STICKING_OUT) == []
