"""Pictures from picker, clipboard and drop; shrunk before they travel; refused with a sentence, and nothing lost."""

import base64
import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import photos

RED, BLUE, TAN = (255, 0, 0), (0, 0, 255), (210, 180, 140)
BRING = """
([files, kind]) => {
  const transfer = new DataTransfer();
  for (const { name, mimeType, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: mimeType }));
  }
  const target = document.querySelector("#composer");
  const about = { bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer };
  const dragged = ["dragover", "drop"].map((step) => new DragEvent(step, about));
  for (const event of kind === "paste" ? [new ClipboardEvent("paste", about)] : dragged) target.dispatchEvent(event);
}
"""


def brings(chat, kind, *files):
    """What the browser tells a page when pictures are pasted or dropped."""
    for file in files:
        file["base64"] = base64.b64encode(file.pop("buffer")).decode()
    chat.page.evaluate(BRING, [files, kind])


def pictures_at_openrouter(chat) -> list[Image.Image]:
    content = chat.requests_at_openrouter[-1].body["messages"][-1]["content"]
    urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    return [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) for url in urls]


def test_several_are_picked_at_once_and_one_is_removed(chat):
    chat.writes("Compare", pictures=[photos.png(f"{colour}.png", colour=colour) for colour in ("red", "blue", "tan")])
    expect(chat.pictures_to_send).to_have_count(3)
    chat.page.get_by_role("button", name="Remove blue.png").click()
    chat.send.click()

    chat.answer.wait_for_text("Picture 2")
    assert [picture.convert("RGB").getpixel((0, 0)) for picture in pictures_at_openrouter(chat)] == [RED, TAN]


def test_pictures_picked_one_after_the_other_add_up(chat):
    chat.writes("Two", pictures=[photos.png("one.png", colour="red")])
    expect(chat.pictures_to_send).to_have_count(1)
    chat.add_images.set_input_files([photos.png("two.png", colour="blue")])
    expect(chat.pictures_to_send).to_have_count(2)
    chat.send.click()

    chat.answer.wait_for_text("Picture 2")
    expect(chat.pictures_to_send).to_have_count(0)
    assert [picture.convert("RGB").getpixel((0, 0)) for picture in pictures_at_openrouter(chat)] == [RED, BLUE]


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_they_can_be_pasted_and_dropped(chat, way):
    brings(chat, way, photos.png("red.png", 60, 20, "red"), photos.png("blue.png", 20, 60, "blue"))
    expect(chat.pictures_to_send).to_have_count(2)
    chat.send.click()

    chat.answer.wait_for_text(re.compile(r"wide PNG of 60 × 20.*tall PNG of 20 × 60", re.DOTALL))


def test_a_large_photo_is_shrunk_before_it_travels(chat):
    photo = photos.jpeg("12 megapixels.jpg", 4032, 3024, orientation=6)
    chat.writes("What is this?", pictures=[photo])
    with chat.page.expect_request("**/chats/") as sent:
        chat.send.click()
    travelled = int(sent.value.all_headers()["content-length"])

    chat.answer.wait_for_state("complete")
    assert travelled < len(photo["buffer"]) / 2
    (picture,) = pictures_at_openrouter(chat)
    assert picture.size == (1536, 2048)  # upright
    assert not picture.getexif()


def test_without_help_from_the_browser_the_server_does_the_same(chat):
    """HEIC is nothing that Chromium can read: it travels as it is."""
    chat.asks("From a phone", pictures=[photos.heic(width=300, height=200)]).wait_for_state("complete")

    assert [picture.size for picture in pictures_at_openrouter(chat)] == [(300, 200)]
    shown = chat.questions.last.get_by_role("img")
    expect(shown).to_have_js_property("naturalWidth", 300)


@pytest.mark.parametrize(
    "make_bad",
    [photos.html_named_as_picture, photos.svg_named_as_picture, photos.truncated, photos.empty],
)
def test_a_bad_one_gets_a_sentence_and_nothing_else_is_lost(chat, make_bad):
    chat.watch.expects("status of 422")
    bad = make_bad()
    chat.writes("Look at both", pictures=[photos.png("good.png"), bad])
    expect(chat.pictures_to_send).to_have_count(2)
    chat.send.click()

    expect(chat.error).to_have_text(re.compile(rf".*{re.escape(bad['name'])}.*\.\s*$"))
    expect(chat.message).to_have_value("Look at both")
    expect(chat.pictures_to_send).to_have_count(2)
    chat.page.get_by_role("button", name=f"Remove {bad['name']}").click()
    chat.send.click()
    chat.answer.wait_for_text("Picture 1")
    chat.questions.last.get_by_text("Look at both").wait_for()
    expect(chat.error).to_be_hidden()
    assert len(pictures_at_openrouter(chat)) == 1


def test_too_many_are_left_out_with_a_sentence(chat):
    chat.writes("All of them", pictures=[photos.png(f"{n}.png", 10 + n) for n in range(10)])

    expect(chat.pictures_to_send).to_have_count(8)
    expect(chat.page.locator("#composer")).to_contain_text("At most 8 pictures go with one message.")
    chat.send.click()
    chat.answer.wait_for_text("Picture 8")


def test_what_is_no_picture_is_not_taken(chat):
    chat.add_images.set_input_files({"name": "notes.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})

    expect(chat.page.locator("#composer")).to_contain_text("notes.pdf is not a picture.")
    expect(chat.pictures_to_send).to_have_count(0)


def test_a_model_that_cannot_see_is_named_before_anything_is_sent(chat):
    chat.chooses_model("gpt-oss-20b")
    chat.writes("See?", pictures=[photos.png()])

    expect(chat.page.locator("#composer")).to_contain_text(re.compile("gpt-oss-20b.* cannot see pictures"))


def test_a_picture_is_for_its_owner_alone(chat, opens):
    chat.asks("Mine", pictures=[photos.png()]).wait_for_state("complete")
    address = chat.questions.last.get_by_role("img").get_attribute("src")

    stranger = opens()
    stranger.is_signed_in("bob")

    assert chat.browser.request.get(address).status == 200
    assert stranger.browser.request.get(address).status == 404
