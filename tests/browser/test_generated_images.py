"""Images that a model made: edited with the next message, opened in the viewer, and saved."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import image_files
from tests.browser.conftest import PHONE

EDITS = "Nano Banana"


@pytest.fixture
def chat(chat):
    """A chat with an answer that has two images."""
    chat.chooses_model(EDITS)
    chat.asks("[[image n=2]] A cat").wait_for_state("complete")
    return chat


def edit_links(chat):
    return chat.answer.article.get_by_role("link", name=re.compile("^Edit this image"))


def shapes(chat) -> list[tuple[str, int, int]]:
    """Of the last request: the role of each message, and its images in the content and beside it."""
    messages = chat.requests_at_openrouter[-1].body["messages"]
    parts = [message["content"] if isinstance(message["content"], list) else [] for message in messages]
    inside = [sum("image_url" in part for part in each) for each in parts]
    beside = [len(message.get("images", ())) for message in messages]
    return list(zip([message["role"] for message in messages], inside, beside, strict=True))


def test_edit_this_image_attaches_it_to_the_next_message(chat):
    address = chat.page.url
    edit_links(chat).nth(1).click()
    expect(chat.message).to_be_focused()
    expect(chat.message).to_have_attribute("placeholder", "Describe the change")
    expect(chat.images_to_send).to_have_count(1)
    expect(chat.page.get_by_role("button", name="Remove Image to edit")).to_be_visible()
    assert chat.page.url == address

    chat.page.keyboard.type("Make it blue")
    chat.page.keyboard.press("Enter")
    expect(chat.answers).to_have_count(2)
    chat.answer.wait_for_state("complete")
    expect(chat.message).to_have_attribute("placeholder", "Ask anything")
    assert shapes(chat) == [("user", 0, 0), ("assistant", 0, 1), ("user", 1, 0)]
    assert chat.requests_at_openrouter[-1].body["model"] == "google/gemini-2.5-flash-image"


def test_the_attached_image_can_be_removed(chat):
    edit_links(chat).first.click()
    edit_links(chat).first.click()
    expect(chat.images_to_send).to_have_count(1)
    chat.page.get_by_role("button", name="Remove Image to edit").click()

    expect(chat.images_to_send).to_have_count(0)
    expect(chat.message).to_have_attribute("placeholder", "Ask anything")


def test_the_model_that_made_the_image_is_chosen(chat):
    chat.chooses_model("Llama 3.3 70B Instruct")
    edit_links(chat).first.click()

    expect(chat.model).to_have_value("google/gemini-2.5-flash-image")
    expect(chat.page.locator("#image-warning")).to_be_hidden()


def test_where_the_maker_accepts_no_images_another_model_is_offered(chat):
    expect(edit_links(chat).first).to_have_attribute("data-editor", "google/gemini-2.5-flash-image")
    edit_links(chat).first.evaluate("link => (link.dataset.maker = 'meta-llama/llama-3.3-70b-instruct')")
    chat.chooses_model("Claude Haiku 4.5")
    edit_links(chat).first.click()

    expect(chat.page.locator("#image-warning")).to_contain_text("Llama 3.3 70B Instruct doesn't accept images.")
    chat.page.get_by_role("button", name=f"Use {EDITS}").click()
    expect(chat.model).to_have_value("google/gemini-2.5-flash-image")
    expect(chat.message).to_be_focused()
    expect(chat.images_to_send).to_have_count(1)


def test_an_image_is_edited_from_the_viewer_by_keyboard(chat):
    chat.answer.article.locator(".made a").first.press("Enter")
    viewer = chat.page.locator("dialog.viewer")
    expect(viewer).to_have_accessible_name("Image 1 of 2")
    chat.page.keyboard.press("ArrowRight")
    expect(viewer).to_have_accessible_name("Image 2 of 2")
    second = viewer.get_by_role("img").get_attribute("src")
    viewer.get_by_role("button", name="Edit this image").press("Enter")

    expect(viewer).to_be_hidden()
    expect(chat.message).to_be_focused()
    expect(chat.page.locator(f"#chips [name=kept][value='{second.split('/')[-2]}']")).to_have_count(1)


def test_an_uploaded_image_has_no_such_button_in_the_viewer(chat):
    chat.asks("Look", images=[image_files.png()]).wait_for_state("complete")
    chat.questions.last.locator(".pictures a").click()

    expect(chat.page.locator("dialog.viewer")).to_be_visible()
    expect(chat.page.get_by_role("button", name="Edit this image")).to_have_count(0)


def test_images_are_saved_under_the_name_of_the_chat(chat):
    with chat.page.expect_download() as download:
        chat.answer.article.get_by_role("link", name="Download 2").click()
    assert download.value.suggested_filename.endswith(" 2.png")
    chat.answer.article.locator(".made a").first.click()
    with chat.page.expect_download() as download:
        chat.page.locator("dialog.viewer").get_by_role("link", name="Download").click()
    assert re.fullmatch(r"(?!image-).+ 1\.png", download.value.suggested_filename)


def test_the_actions_of_an_image_fit_a_phone(chat):
    chat.page.set_viewport_size(PHONE)
    images = chat.answer.article.locator(".made img")
    for one in [*images.all(), *edit_links(chat).all()]:
        one.scroll_into_view_if_needed()
        expect(one).to_be_in_viewport(ratio=1)
    first, second = (one.bounding_box() for one in images.all())
    assert first["y"] == second["y"], "side by side"
    assert chat.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_without_scripts_the_link_opens_the_composer_with_it(opens, person):
    plain = opens(java_script_enabled=False)
    plain.is_signed_in(person)
    plain.visits("/?model=google/gemini-2.5-flash-image")
    plain.message.fill("A cat")
    plain.send.click()
    plain.answer.wait_for_state("complete")
    edit_links(plain).click()
    expect(plain.page.get_by_label("Image to edit")).to_be_checked()
    plain.message.fill("Make it blue")
    plain.send.click()
    plain.answer.wait_for_text(re.compile("."))

    assert shapes(plain)[-1] == ("user", 1, 0)
