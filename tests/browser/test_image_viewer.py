"""The image viewer: zoom, next image, download, and every way to close it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import image_files
from tests.browser.conftest import PHONE
from tests.browser.wait import until

SCALE = "image => new DOMMatrix(getComputedStyle(image).transform).a"
SHIFT = "image => { const { e, f } = new DOMMatrix(getComputedStyle(image).transform); return [e, f]; }"
FINGERS = """
([steps]) => {
  const stage = document.querySelector(".viewer .stage");
  for (const [type, pointerId, clientX, clientY] of steps) {
    const about = { pointerId, clientX, clientY, pointerType: "touch", bubbles: true };
    stage.querySelector("img").dispatchEvent(new PointerEvent(type, about));
  }
}
"""


@pytest.fixture
def chat(chat):
    """A chat with two images of one's own, and one that a model made."""
    images = [image_files.jpeg("one.jpg", 1600, 1200), image_files.png("two.png", 300, 200, "red")]
    chat.asks("[[image]]", images=images).wait_for_state("complete")
    return chat


@pytest.fixture
def viewer(chat):
    return chat.page.locator("dialog.viewer")


def thumbnail(chat, position: int = 0):
    return chat.questions.last.locator(".pictures a").nth(position)


def shown(viewer):
    return viewer.get_by_role("img")


def is_scaled(chat, scale: float) -> None:
    image = chat.page.locator("dialog.viewer").get_by_role("img")
    until(chat, lambda: image.evaluate(SCALE) == pytest.approx(scale))


def test_the_viewer_opens_over_the_page_and_returns_the_focus(chat, viewer):
    address = chat.page.url
    chat.page.emulate_media(reduced_motion="reduce")
    for leave in (
        lambda: chat.page.keyboard.press("Escape"),
        lambda: chat.page.go_back(),
        lambda: viewer.get_by_role("button", name="Close").click(),
        lambda: chat.page.mouse.click(5, 400),
    ):
        thumbnail(chat).click()
        expect(viewer).to_be_visible()
        expect(viewer).to_have_accessible_name("Image 1 of 2")
        expect(shown(viewer)).to_have_js_property("naturalWidth", 1600)
        expect(shown(viewer)).to_be_in_viewport(ratio=1)
        leave()
        expect(viewer).to_be_hidden()
        expect(thumbnail(chat)).to_be_focused()
        assert chat.page.url == address

    made = chat.answer.article.locator(".pictures a")
    made.focus()
    made.press("Enter")
    expect(viewer).to_have_accessible_name("Image")
    expect(viewer.get_by_role("button", name="Next image")).to_be_hidden()
    chat.page.keyboard.press("Escape")
    expect(made).to_be_focused()


def test_the_viewer_goes_from_image_to_image_of_a_message(chat, viewer):
    thumbnail(chat).click()
    viewer.get_by_role("button", name="Next image").click()
    expect(viewer).to_have_accessible_name("Image 2 of 2")
    expect(viewer.get_by_role("status")).to_have_text("Image 2 of 2")
    expect(shown(viewer)).to_have_js_property("naturalWidth", 300)
    chat.page.keyboard.press("ArrowLeft")
    expect(viewer).to_have_accessible_name("Image 1 of 2")
    chat.page.keyboard.press("ArrowLeft")
    expect(viewer).to_have_accessible_name("Image 2 of 2")
    chat.page.keyboard.press("Escape")

    expect(thumbnail(chat, 1)).to_be_focused()


def test_the_viewer_zooms_by_click_wheel_and_keys(chat, viewer):
    chat.page.emulate_media(reduced_motion="reduce")
    thumbnail(chat).click()
    image = shown(viewer)
    expect(image).to_be_in_viewport(ratio=1)
    image.click(position={"x": 30, "y": 30})
    until(chat, lambda: image.evaluate(SCALE) >= 2)
    assert image.evaluate(SHIFT)[0] > 100, "what was clicked stays under the pointer"
    image.click()
    is_scaled(chat, 1)

    chat.page.mouse.move(640, 400)
    chat.page.mouse.wheel(0, -400)
    chat.page.wait_for_function("(document.querySelector('.viewer img').style.transform.match(/scale.(.*).$/)[1]) > 2")
    before = image.evaluate(SHIFT)
    chat.page.mouse.down()
    chat.page.mouse.move(700, 430, steps=3)
    chat.page.mouse.up()
    moved = [pytest.approx(before[0] + 60, abs=2), pytest.approx(before[1] + 30, abs=2)]
    until(chat, lambda: image.evaluate(SHIFT) == moved)
    expect(viewer).to_be_visible()
    for key, then in (("0", 1), ("+", 1.5), ("-", 1), ("-", 1)):
        chat.page.keyboard.press(key)
        is_scaled(chat, then)
    viewer.get_by_role("button", name="Zoom in").click()
    chat.page.keyboard.press("ArrowRight")

    until(chat, lambda: image.evaluate(SHIFT)[0] < 0)
    expect(viewer).to_have_accessible_name("Image 1 of 2")


def test_two_fingers_zoom_and_one_goes_to_the_next_image(chat, viewer):
    chat.page.emulate_media(reduced_motion="reduce")
    thumbnail(chat).click()
    image = shown(viewer)
    expect(image).to_be_in_viewport(ratio=1)
    down, move, up = "pointerdown", "pointermove", "pointerup"
    chat.page.evaluate("Element.prototype.setPointerCapture = () => {}")  # these fingers are none of the browser's
    pinch = [(down, 1, 600, 400), (down, 2, 680, 400), (move, 1, 560, 400), (move, 2, 720, 400)]
    chat.page.evaluate(FINGERS, [[*pinch, (up, 1, 560, 400), (up, 2, 720, 400)]])
    assert image.evaluate(SCALE) == pytest.approx(2, abs=0.1)
    chat.page.keyboard.press("0")
    chat.page.evaluate(FINGERS, [[(down, 1, 700, 400), (move, 1, 500, 410), (up, 1, 500, 410)]])

    expect(viewer).to_have_accessible_name("Image 2 of 2")


def test_an_image_can_be_saved_under_a_name(chat, viewer):
    thumbnail(chat, 1).click()
    with chat.page.expect_download() as download:
        viewer.get_by_role("link", name="Download").click()

    assert download.value.suggested_filename == "[[image]] 2.png", "the title of the chat, and a number"
    expect(viewer).to_be_visible()


def test_the_viewer_fits_a_phone(chat, viewer):
    chat.page.set_viewport_size(PHONE)
    thumbnail(chat).click()
    for one in (*viewer.get_by_role("button").all(), viewer.get_by_role("link"), shown(viewer)):
        expect(one).to_be_in_viewport(ratio=1)


def test_an_image_can_be_opened_in_a_tab_of_its_own(chat, viewer):
    chat.page_errors.expects("inline style.*/images/")  # the browser's own page about an image
    with chat.browser.expect_page() as opened:
        thumbnail(chat).click(modifiers=["ControlOrMeta"])

    assert "/images/" in opened.value.url
    expect(viewer).to_have_count(0)


def test_without_a_script_the_link_leads_to_the_file(opens, person):
    plain = opens(java_script_enabled=False)
    plain.page_errors.expects("inline style.*/images/")
    plain.is_signed_in(person)
    plain.visits("/")
    plain.writes("Look", images=[image_files.png()])
    plain.send.click()
    plain.questions.last.locator(".pictures a").click()

    expect(plain.page).to_have_url(re.compile("/images/"))
