"""Long texts and text files: attached beside the message, or put into it."""

import re

from playwright.sync_api import expect

from tests.browser import image_files
from tests.browser.composer_actions import LONG, paste_or_drop, pastes, sent_text

FOLDERS_ARE_UNREADABLE = """() => {
  const { slice } = Blob.prototype;
  Blob.prototype.slice = function (...range) {
    if (this.name === "folder") throw new DOMException("", "NotFoundError");
    return slice.apply(this, range);
  };
}"""


class TestLongTexts:
    def test_a_long_pasted_text_becomes_an_attachment_and_can_be_inserted(self, chat):
        chat.message.press_sequentially("What happened? [[say Nothing.]]")
        pastes(chat, LONG)
        chip = chat.images_to_send
        expect(chip).to_contain_text("Pasted text4,300 characters, 100 linesA line of a log")
        expect(chat.message).to_have_value("What happened? [[say Nothing.]]")
        chip.get_by_role("button", name="Insert as text").click()
        expect(chat.message).to_have_value("What happened? [[say Nothing.]]" + LONG)
        chat.message.fill("What happened? [[say Nothing.]]")
        pastes(chat, LONG)
        chat.message.press("Enter")

        chat.answer.wait_for_text("Nothing.")
        assert sent_text(chat).endswith(f'<attachment name="Pasted text">\n{LONG}\n</attachment>')
        expect(chip).to_have_count(0)
        chat.questions.last.get_by_text("Pasted text").click()
        expect(chat.questions.last.get_by_text("A line of a log")).to_be_visible()

    def test_a_short_pasted_text_goes_into_the_field(self, chat):
        pastes(chat, "short")

        expect(chat.images_to_send).to_have_count(0)

    def test_text_files_in_any_encoding_are_read_by_the_page(self, chat):
        files = {"a.md": "Grüße".encode(), "b.csv": "Grüße".encode("utf-16"), "c.txt": "Grüße".encode("cp1252")}
        chat.message.fill("[[say Read.]]")
        paste_or_drop(chat, "drop", *({"name": name, "mimeType": "", "buffer": data} for name, data in files.items()))
        expect(chat.images_to_send).to_have_count(3)
        paste_or_drop(chat, "drop", {"name": "d.bin", "mimeType": "", "buffer": bytes(range(256))}, image_files.png())
        expect(chat.page.get_by_text(re.compile("d.bin wasn't attached. You can attach images, PDFs"))).to_be_visible()
        expect(chat.images_to_send).to_have_count(4)
        chat.page.get_by_role("button", name="Remove a.md").click()
        chat.send.click()

        chat.answer.wait_for_text("Read.")
        assert re.findall(r'name="(.*)">\n(.*)', sent_text(chat)) == [("b.csv", "Grüße"), ("c.txt", "Grüße")]

    def test_a_text_of_one_line_is_described_as_one_line(self, chat):
        files = {"one.txt": b"x", "two.txt": b"Hi\nyou\n"}
        paste_or_drop(chat, "drop", *({"name": name, "mimeType": "", "buffer": data} for name, data in files.items()))

        expect(chat.images_to_send.first).to_contain_text("1 character, 1 line")
        expect(chat.images_to_send.first).not_to_contain_text("lines")
        expect(chat.images_to_send.last).to_contain_text("7 characters, 2 lines")

    def test_the_button_for_images_takes_text_files_as_well(self, chat):
        assert chat.add_images.get_attribute("accept") is None  # phones hide what they have no type for
        chat.message.fill("[[say Read.]]")
        chat.message.blur()
        notes = {"name": "notes.rs", "mimeType": "", "buffer": b"fn main() {}"}
        chat.add_images.set_input_files([notes, image_files.png()])
        expect(chat.message).to_be_focused()
        expect(chat.images_to_send).to_have_count(2)
        chat.message.press("Enter")

        chat.answer.wait_for_text("Read.")
        assert '<attachment name="notes.rs">\nfn main() {}\n</attachment>' in sent_text(chat)

    def test_what_cannot_be_read_is_named_and_the_rest_stays(self, chat):
        notes = {"name": "notes.rs", "mimeType": "", "buffer": b"fn main() {}"}
        paste_or_drop(chat, "drop", notes)
        expect(chat.images_to_send).to_have_count(1)
        chat.page.evaluate(FOLDERS_ARE_UNREADABLE)
        more = {"name": "more.rs", "mimeType": "", "buffer": b"fn more() {}"}
        paste_or_drop(chat, "drop", {"name": "folder", "mimeType": "", "buffer": b""}, more)
        expect(chat.page.get_by_text("folder couldn't be read. If it is a folder, attach its files.")).to_be_visible()
        expect(chat.images_to_send).to_have_count(2)
        chat.message.fill("[[say Read.]]")
        chat.send.click()

        chat.answer.wait_for_text("Read.")
        assert re.findall(r'name="(.*)">\n', sent_text(chat)) == ["notes.rs", "more.rs"]
