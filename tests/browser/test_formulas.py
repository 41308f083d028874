"""Formulas are drawn correctly, in a font that is only loaded on pages with formulas."""

from collections import Counter
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect


def fonts_of(chat) -> list[str]:
    requests = []
    chat.page.on("request", lambda request: requests.append(request.url) if request.resource_type == "font" else None)
    return requests


def waits_for_font(chat) -> None:
    chat.page.evaluate("document.fonts.ready.then(() => null)")
    assert chat.page.evaluate("[...document.fonts].map(each => each.status)") == ["loaded"]


def inked_share(element: Locator) -> float:
    """In how much of its width anything is drawn."""
    image = Image.open(BytesIO(element.screenshot(animations="disabled"))).convert("L")
    ground = Counter(image.tobytes()).most_common(1)[0][0]
    columns = [image.crop((x, 0, x + 1, image.height)).tobytes() for x in range(image.width)]
    return sum(ground - min(column) > 60 for column in columns) / image.width


def test_the_font_is_loaded_with_the_first_formula_only(chat):
    requests = fonts_of(chat)
    chat.asks("[[say No formula.]]").wait_for_state("complete")
    chat.page.wait_for_load_state("networkidle")
    assert requests == []

    answer = chat.asks(r"[[say Here: $\sum x$]]")
    answer.wait_for_state("complete")
    expect(answer.article.locator("math")).to_be_visible()
    waits_for_font(chat)
    assert len(requests) == 1
    assert "/static/fonts/libertinus-math." in requests[0]


@pytest.mark.parametrize("command", ["boxed", "cancel", "bcancel", "xcancel", "overline", "underline", "fbox"])
def test_what_surrounds_a_formula_is_drawn(chat, command):
    inside = r"$\phantom{x}$" if command == "fbox" else r"\phantom{x}"
    answer = chat.asks(rf"[[say $\phantom{{x}}$ and \(\{command}{{{inside}}}\) ]]")
    answer.wait_for_state("complete")
    formulas = answer.article.locator("math")
    expect(formulas).to_have_count(2)

    assert inked_share(formulas.first) == 0
    assert inked_share(formulas.last) > 0.7


def test_the_columns_of_equations_meet(chat):
    answer = chat.asks(r"[[say $$\begin{aligned} a &= b \\ ccc &= d \end{aligned}$$]]")
    answer.wait_for_state("complete")
    cells = answer.article.locator("mtd")
    expect(cells).to_have_count(4)
    waits_for_font(chat)
    box = "cell => cell.lastElementChild.getBoundingClientRect().toJSON()"
    first, second, third = (cells.nth(number).evaluate(box) for number in (0, 1, 2))

    assert abs(first["right"] - third["right"]) < 3  # letters that lean
    assert first["right"] <= second["left"] + 1
    assert cells.nth(0).evaluate("cell => getComputedStyle(cell).paddingRight") == "0px"
