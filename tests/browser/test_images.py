"""Images from picker, clipboard and drop: shrunk, uploaded at once, or refused with a sentence."""

import base64
import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser import image_files
from tests.browser.composer_actions import paste_or_drop

RED, BLUE, TAN = (255, 0, 0), (0, 0, 255), (210, 180, 140)


def images_at_openrouter(chat, message: int = -1) -> list[Image.Image]:
    content = chat.requests_at_openrouter[-1].body["messages"][message]["content"]
    urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    return [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) for url in urls]


def test_several_are_picked_at_once_and_one_is_removed(chat):
    chat.writes(
        "Compare", images=[image_files.png(f"{colour}.png", colour=colour) for colour in ("red", "blue", "tan")]
    )
    expect(chat.images_to_send).to_have_count(3)
    chat.page.get_by_role("button", name="Remove blue.png").click()
    chat.send.click()

    chat.answer.wait_for_text("Image 2")
    assert [image.convert("RGB").getpixel((0, 0)) for image in images_at_openrouter(chat)] == [RED, TAN]


def test_a_long_screenshot_arrives_wide_enough_to_read_and_is_warned_of(chat):
    chat.writes("What does it say?", images=[image_files.png("page.png", 1440, 9000)])

    expect(chat.images_to_send.locator(".fault")).to_contain_text("too small for models to read")
    chat.send.click()
    chat.answer.wait_for_text("Image 1")
    (image,) = images_at_openrouter(chat)
    assert image.size == (1024, 6400)


def test_images_picked_one_after_the_other_add_up(chat):
    chat.writes("Two", images=[image_files.png("one.png", colour="red")])
    expect(chat.images_to_send).to_have_count(1)
    chat.add_images.set_input_files([image_files.png("two.png", colour="blue")])
    expect(chat.images_to_send).to_have_count(2)
    chat.send.click()

    chat.answer.wait_for_text("Image 2")
    expect(chat.images_to_send).to_have_count(0)
    assert [image.convert("RGB").getpixel((0, 0)) for image in images_at_openrouter(chat)] == [RED, BLUE]


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_images_can_be_pasted_and_dropped(chat, way):
    paste_or_drop(chat, way, image_files.png("red.png", 60, 20, "red"), image_files.png("blue.png", 20, 60, "blue"))
    expect(chat.images_to_send).to_have_count(2)
    chat.send.click()

    chat.answer.wait_for_text(re.compile(r"wide PNG of 60 × 20.*tall PNG of 20 × 60", re.DOTALL))


COPIED = """
([forms, files, where]) => {
  const clipboardData = new DataTransfer();
  for (const [kind, words] of Object.entries(forms)) clipboardData.setData(kind, words);
  for (const { name, type, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    clipboardData.items.add(new File([bytes], name, { type }));
  }
  const about = { bubbles: true, cancelable: true, clipboardData };
  return document.querySelector(where).dispatchEvent(new ClipboardEvent("paste", about)); // else the browser pastes
}
"""
RED_PNG = base64.b64encode(image_files.png(colour="red")["buffer"]).decode()
CAT = {"name": "Cat é.png", "type": "image/png", "base64": RED_PNG}
DOG = {"name": "dog.png", "type": "image/png", "base64": RED_PNG}
NOTES = {"name": "notes.md", "type": "", "base64": base64.b64encode(b"Notes").decode()}
IMG = '<meta charset="utf-8"><style>p {}</style><img style="width: 1em" src="https://example.org/cat.png" alt="A cat">'


@pytest.mark.parametrize(
    ("forms", "files", "attached", "text"),
    [
        ({"text/plain": "Cat é.png"}, [CAT], 1, ""),  # Windows, macOS
        ({"text/plain": "Cat e\u0301"}, [CAT], 1, ""),  # without its ending, decomposed
        ({"text/plain": "/home/me/Cat é.png\r/home/me/dog.png"}, [CAT, DOG], 2, ""),
        ({"text/plain": "file:///home/me/Cat%20%C3%A9.png\n"}, [CAT], 1, ""),  # Linux
        ({"text/plain": r"C:\me\notes.md"}, [NOTES], 1, ""),
        ({"text/plain": "https://example.org/?image=5"}, [CAT], 1, ""),  # an image of a web page
        ({"text/html": IMG}, [CAT], 1, ""),
        ({"text/html": IMG, "text/plain": "A cat"}, [CAT], 1, ""),
        ({"text/html": f"<p>Look: {IMG}</p>", "text/plain": "Look:"}, [CAT], 1, "Look:"),
        ({"text/html": f'<img src="data:image/png;base64,{RED_PNG}">'}, [], 1, ""),
        ({"text/html": f'<p>Look <img src="data:image/png;base64,{RED_PNG}">', "text/plain": "Look"}, [], 1, "Look"),
        ({"text/html": "<table><td>1</table>", "text/plain": "1\t2"}, [CAT], 0, "1\t2"),  # cells, and a drawing of them
        ({"text/plain": "Cat é.png is a photo"}, [CAT], 0, "Cat é.png is a photo"),
    ],
)
def test_a_pasted_image_is_the_copied_one(chat, forms, files, attached, text):
    chat.message.press_sequentially("So: ")
    chat.page.evaluate(COPIED, [forms, files, "#text"])
    expect(chat.images_to_send).to_have_count(attached)

    expect(chat.message).to_have_value(f"So: {text}")
    if text:
        chat.message.press("ControlOrMeta+z")
        expect(chat.message).to_have_value(re.compile("^(So: )?$"))


@pytest.mark.parametrize("forms", [{"text/plain": "Hello"}, {"text/html": "<p>Hello", "text/plain": "Hello"}])
def test_pasted_words_go_into_the_field(chat, forms):
    assert chat.page.evaluate(COPIED, [forms, [], "#text"])
    assert chat.page.evaluate(COPIED, [forms, [], "body"])


def uploaded(chat) -> Locator:
    """One per image that the server has."""
    return chat.page.locator("#composer [name=kept]:enabled")


def slow_down(chat, *, bytes_a_second: int) -> None:
    """-1 is as fast as it goes."""
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    chat.wire = getattr(chat, "wire", None) or chat.browser.new_cdp_session(chat.page)
    chat.wire.send("Network.enable")
    chat.wire.send("Network.emulateNetworkConditions", conditions)


def test_a_large_photo_is_shrunk_and_uploaded_at_once(chat):
    photo = image_files.jpeg("12 megapixels.jpg", 4032, 3024, orientation=6)
    with chat.page.expect_response("**/images/") as uploaded:
        chat.writes("What is this?", images=[photo])
    expect(chat.images_to_send).to_contain_text(re.compile(r"MB → [\d.]+ [kM]B"))
    with chat.page.expect_request("**/chats/") as sent:
        chat.send.click()

    chat.answer.wait_for_state("complete")
    assert int(uploaded.value.request.all_headers()["content-length"]) < len(photo["buffer"]) / 2
    assert int(sent.value.all_headers()["content-length"]) < 5_000, "the message names what was uploaded before"
    (image,) = images_at_openrouter(chat)
    assert image.size == (1536, 2048)  # upright
    assert not image.getexif()


def test_a_message_waits_for_its_images_and_shows_their_progress(chat):
    slow_down(chat, bytes_a_second=30_000)
    chat.writes("Both", images=[image_files.jpeg("slow.jpg", 1200, 900), image_files.png("second.png", colour="blue")])
    expect(chat.images_to_send.first).to_contain_text(re.compile(r"\d+ kB of \d+ kB"))
    expect(chat.page.get_by_role("progressbar", name="Uploading slow.jpg")).to_be_visible()
    chat.send.click()
    expect(chat.page.locator("#composer")).to_contain_text("Your message will be sent when its images are uploaded.")
    assert chat.questions.count() == 0
    slow_down(chat, bytes_a_second=-1)

    chat.answer.wait_for_text("Image 2")
    chat.questions.last.get_by_text("Both").wait_for()
    assert [image.size for image in images_at_openrouter(chat)] == [(1200, 900), (40, 30)]


def test_uploaded_images_are_there_after_a_reload(chat):
    chat.writes("Later", images=[image_files.png("red.png", colour="red"), image_files.png("blue.png", colour="blue")])
    expect(uploaded(chat)).to_have_count(2)
    chat.page.get_by_role("button", name="Remove red.png").click()
    chat.page.reload()

    expect(chat.images_to_send).to_have_count(1)
    expect(chat.images_to_send).to_contain_text("blue.png")
    chat.send.click()
    chat.answer.wait_for_text("Image 1")
    assert [image.convert("RGB").getpixel((0, 0)) for image in images_at_openrouter(chat)] == [BLUE]
    chat.visits("/")
    expect(chat.message).to_be_visible()
    expect(chat.images_to_send).to_have_count(0)


def test_a_failed_upload_is_retried_by_a_press_or_once_there_is_a_connection(opens, person):
    chat = opens()  # of a shared profile the tabs hear that there is a connection before each of them has it
    chat.is_signed_in(person)
    chat.visits("/")
    chat.page_errors.expects("ERR_FAILED|ERR_INTERNET_DISCONNECTED")
    chat.page.route("**/images/", lambda route: route.abort(), times=1)
    chat.writes("Two", images=[image_files.png("one.png")])
    expect(chat.images_to_send).to_contain_text("one.png couldn't be uploaded.")
    chat.page.get_by_role("button", name="Retry one.png").click()
    expect(uploaded(chat)).to_have_count(1)

    chat.browser.set_offline(True)
    chat.add_images.set_input_files([image_files.png("two.png", colour="blue")])
    expect(chat.images_to_send.last).to_contain_text("two.png couldn't be uploaded.")
    chat.browser.set_offline(False)
    expect(uploaded(chat)).to_have_count(2)
    chat.send.click()

    chat.answer.wait_for_text("Image 2")


def test_an_image_that_the_browser_cannot_read_is_shrunk_by_the_server(chat):
    """HEIC is nothing that Chromium can read: it travels as it is."""
    chat.asks("From a phone", images=[image_files.heic(width=300, height=200)]).wait_for_state("complete")

    assert [image.size for image in images_at_openrouter(chat)] == [(300, 200)]
    shown = chat.questions.last.get_by_role("img")
    expect(shown).to_have_js_property("naturalWidth", 300)


def test_a_truncated_image_is_sent_as_far_as_it_goes(chat):
    chat.asks("Half of it", images=[image_files.half()]).wait_for_state("complete")

    assert [image.size for image in images_at_openrouter(chat)] == [(600, 400)]


@pytest.mark.parametrize(
    "make_bad",
    [image_files.html_named_as_image, image_files.svg_named_as_image, image_files.only_begun, image_files.empty],
)
def test_a_bad_image_gets_a_sentence_and_nothing_else_is_lost(chat, make_bad):
    chat.page_errors.expects("status of 422")
    bad = make_bad()
    chat.writes("Look at both", images=[image_files.png("good.png"), bad])
    expect(chat.images_to_send).to_have_count(2)
    chat.send.click()

    expect(chat.images_to_send.nth(1)).to_contain_text(re.compile(rf"“{re.escape(bad['name'])}” is(n.t)? .*\."))
    expect(chat.error).to_have_text("An image couldn't be uploaded. Remove or retry it, then send.")
    expect(chat.message).to_have_value("Look at both")
    chat.page.get_by_role("button", name=f"Remove {bad['name']}").click()
    chat.send.click()
    chat.answer.wait_for_text("Image 1")
    chat.questions.last.get_by_text("Look at both").wait_for()
    expect(chat.error).to_be_hidden()
    assert len(images_at_openrouter(chat)) == 1


def test_too_many_images_are_refused_with_a_sentence(chat):
    chat.writes("All of them", images=[image_files.png(f"{n}.png", 10 + n) for n in range(10)])

    expect(chat.images_to_send).to_have_count(8)
    expect(chat.page.locator("#composer")).to_contain_text("A message can have up to 8 images.")
    chat.send.click()
    chat.answer.wait_for_text("Image 8")


def test_a_file_of_another_kind_is_not_attached(chat):
    chat.add_images.set_input_files(
        {"name": "tool.exe", "mimeType": "application/octet-stream", "buffer": bytes(range(256))}
    )

    said = chat.page.locator("#composer-note")
    expect(said).to_have_text(
        "tool.exe wasn't attached. You can attach images, PDFs, audio, Office documents and text files."
    )
    expect(chat.images_to_send).to_have_count(0)


def test_a_model_that_accepts_no_images_is_named_and_another_one_offered(chat):
    chat.chooses_model("gpt-oss-20b")
    chat.writes("See?", images=[image_files.png()])
    said = chat.page.get_by_text(re.compile("gpt-oss-20b.* doesn't accept images"))
    expect(uploaded(chat)).to_have_count(1)
    expect(said).to_be_visible()
    chat.page.get_by_role("button", name=re.compile("^Use ")).click()
    expect(said).to_be_hidden()
    chat.send.click()

    chat.answer.wait_for_text("Image 1")


def test_earlier_images_can_be_excluded_one_by_one_or_all_at_once(chat):
    images = [image_files.png("red.png", colour="red"), image_files.png("blue.png", colour="blue")]
    chat.asks("Look", images=images).wait_for_state("complete")
    composer = chat.page.locator("#composer")
    expect(composer).to_contain_text("2 earlier images will be resent")
    chat.page.get_by_role("button", name="Included in later messages: image 2").press("Enter")
    expect(chat.page.get_by_role("button", name="Not included in later messages: image 2")).to_be_focused()
    expect(composer).to_contain_text("1 earlier image will be resent")
    chat.asks("[[say One]]").wait_for_text("One")
    assert len(images_at_openrouter(chat, message=0)) == 1

    chat.answer.wait_for_state("complete")
    chat.chooses_model("gpt-oss-20b")
    expect(composer).to_contain_text(re.compile("1 earlier image won't be resent: gpt-oss-20b.* doesn't accept images"))
    chat.page.get_by_role("button", name=re.compile("^Use ")).click()
    chat.page.get_by_role("button", name="Don't resend", exact=True).click()
    expect(chat.page.get_by_role("button", name="Resend", exact=True)).to_be_focused()
    expect(chat.page.get_by_role("button", name="Not included")).to_have_count(2)
    chat.asks("[[say None]]").wait_for_text("None")
    assert "2 images" in chat.requests_at_openrouter[-1].body["messages"][0]["content"]


def test_an_image_is_for_its_owner_alone(chat, opens):
    chat.asks("Mine", images=[image_files.png()]).wait_for_state("complete")
    address = chat.questions.last.get_by_role("img").get_attribute("src")

    stranger = opens()
    stranger.is_signed_in("bob")

    assert chat.browser.request.get(address).status == 200
    assert stranger.browser.request.get(address).status == 404
