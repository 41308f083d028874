"""PDFs, Office documents, audio and links to images: picked, pasted and dropped, sent, and shown after a reload."""

import base64
import re
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.browser import image_files
from tests.browser.composer_actions import paste_or_drop
from tests.files import samples

LINK = "https://example.org/pictures/cat%20one.png"
PASTED_LINK = """
(text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const about = { bubbles: true, cancelable: true, clipboardData };
  document.querySelector("#text").dispatchEvent(new ClipboardEvent("paste", about));
}
"""
DROPPED_IMAGE = """
([link, source]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.setData("text/plain", link);
  dataTransfer.setData("text/html", `<a href="${link}"><img src="${source}" alt=""></a>`);
  const about = { bubbles: true, cancelable: true, dataTransfer };
  document.querySelector("#text").dispatchEvent(new DragEvent("drop", about));
}
"""

DURATION = """
(audio) => new Promise((done) => {
  audio.onloadedmetadata = () => done(audio.duration);
  audio.preload = "metadata";
  audio.load();
})
"""


def pdf(name: str = "report.pdf", *texts: str) -> FilePayload:
    return {
        "name": name,
        "mimeType": "application/pdf",
        "buffer": samples.pdf(*(texts or ("Nebuchadnezzar", "the king"))),
    }


def named(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "", "buffer": content}


def chips(chat) -> Locator:
    return chat.page.locator("#chips > .chip")


def parts_at_openrouter(chat, message: int = -1) -> Any:
    return chat.requests_at_openrouter[-1].body["messages"][message]["content"]


@pytest.fixture
def other_requests(chat) -> list[str]:
    """Addresses of other sites that the browser asked for."""
    own, asked = chat.page.evaluate("location.origin"), []
    chat.page.on(
        "request",
        lambda request: None if request.url.startswith((own, "blob:", "data:")) else asked.append(request.url),
    )
    return asked


@pytest.mark.parametrize("way", ["pick", "paste", "drop"])
def test_a_pdf_is_sent_and_shown(chat, way):
    if way == "pick":
        chat.writes("Read it", images=[pdf()])
    else:
        chat.writes("Read it")
        paste_or_drop(chat, way, pdf())
    chip = chips(chat)
    expect(chip.locator(".size")).to_have_text(re.compile(r"2 pages · 1(\.\d)? kB"))
    expect(chip.locator("img")).to_have_attribute("src", re.compile("^/files/.+/page/$"))
    chat.send.click()

    chat.answer.wait_for_state("complete")
    text, file = parts_at_openrouter(chat)
    assert (text["text"], file["file"]["filename"]) == ("Read it", "report.pdf")
    assert base64.b64decode(file["file"]["file_data"].partition(",")[2]) == samples.pdf("Nebuchadnezzar", "the king")
    for _look in ("sent", "reloaded"):
        card = chat.questions.locator(".files > li")
        expect(card.get_by_role("link", name="report.pdf")).to_be_visible()
        expect(card.locator(".size")).to_contain_text("2 pages")
        assert card.locator("img").evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 100
        chat.page.reload()
    with chat.page.expect_download() as download:
        chat.questions.get_by_role("link", name="report.pdf").click()
    assert download.value.suggested_filename == "report.pdf"


def test_a_draft_keeps_a_pdf(chat):
    chat.writes("Read it", images=[pdf()])
    expect(chips(chat).locator(".size")).to_contain_text("2 pages")
    chat.page.wait_for_function("() => Object.values(localStorage).some((draft) => draft.includes('report.pdf'))")
    chat.page.reload()
    expect(chips(chat).locator(".size")).to_contain_text("2 pages")
    chat.send.click()

    chat.answer.wait_for_state("complete")
    assert [part["type"] for part in parts_at_openrouter(chat)] == ["text", "file"]


def test_the_price_of_ocr_is_shown_before_sending(chat):
    chat.chooses_model("Llama 3.3 70B")
    chat.writes("Read it", images=[pdf()])

    expect(chips(chat).locator(".size")).to_contain_text("OCR ~$0.004")
    estimate = chat.page.locator("#estimate")
    expect(estimate).to_contain_text("~$0.004")
    estimate.click()
    parts = chat.page.locator("#estimate-parts")
    expect(parts.get_by_role("row", name=re.compile("^Files"))).to_contain_text("~2,000 tokens")
    expect(parts.get_by_role("row", name=re.compile("^Reading PDFs by OCR"))).to_contain_text("~$0.004")
    chat.page.keyboard.press("Escape")
    chat.chooses_model("Claude Haiku 4.5")
    expect(chips(chat).locator(".size")).not_to_contain_text("OCR")


def test_an_office_document_becomes_text(chat):
    chat.writes("Read it", images=[named("letter.docx", samples.word("Dear all"))])
    chip = chips(chat).filter(has_text="letter.docx")
    expect(chip.locator(".preview")).to_contain_text("Dear all")
    expect(chips(chat)).to_have_count(1)
    chat.send.click()

    chat.answer.wait_for_state("complete")
    assert '<attachment name="letter.docx">' in parts_at_openrouter(chat)
    expect(chat.questions.locator(".attachments .name")).to_have_text("letter.docx")


def test_audio_is_for_models_that_accept_it(chat):
    chat.chooses_model("Claude Haiku 4.5")
    chat.writes("What is said?", images=[named("voice.wav", samples.wav())])
    fault = chips(chat).locator(".fault")
    expect(fault).to_have_text("Claude Haiku 4.5 doesn't accept audio. Choose another model.")
    chat.chooses_model("Gemini 3.7 Flash")
    expect(fault).to_be_hidden()
    chat.send.click()

    chat.answer.wait_for_state("complete")
    assert parts_at_openrouter(chat)[1]["input_audio"]["format"] == "wav"
    player = chat.questions.locator("audio")
    assert player.evaluate(DURATION) > 0


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_link_to_an_image_is_sent_and_never_fetched(chat, other_requests, way):
    chat.writes("What is it?")
    if way == "paste":
        chat.page.evaluate(PASTED_LINK, LINK)
    else:
        chat.page.evaluate(DROPPED_IMAGE, ["https://example.org/page", LINK])
    expect(chips(chat).locator(".name")).to_have_text("cat one.png")
    expect(chips(chat).locator(".size")).to_have_text("example.org")
    expect(chat.message).to_have_value("What is it?")
    chat.send.click()

    chat.answer.wait_for_state("complete")
    assert parts_at_openrouter(chat)[1] == {"type": "image_url", "image_url": {"url": LINK}}
    expect(chat.questions.locator(".files .name")).to_have_text("cat one.png")
    chat.page.reload()
    expect(chat.questions.locator(".files .size")).to_have_text("image from example.org")
    assert other_requests == []


DROPPED_PASSAGE = """
(html) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.setData("text/html", html);
  const drop = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer });
  return document.querySelector("#text").dispatchEvent(drop); // else the browser inserts its text
}
"""


@pytest.mark.parametrize(
    "html", [f"<p>Look: <img src='{LINK}'></p>", "<img src='/a.png'>", "<img src='data:image/png;base64,x'>"]
)
def test_a_dropped_passage_is_left_to_the_browser(chat, html):
    assert chat.page.evaluate(DROPPED_PASSAGE, html)
    expect(chips(chat)).to_have_count(0)


@pytest.mark.parametrize("text", ["https://example.org/page", "see https://example.org/a.png", "javascript:a.png"])
def test_other_links_stay_text(chat, text):
    chat.writes("Hello")
    chat.page.evaluate(PASTED_LINK, text)

    expect(chips(chat)).to_have_count(0)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (named("secret.pdf", samples.pdf("x", encrypted=True)), "“secret.pdf” is password-protected."),
        (named("broken.docx", samples.word("x")[:-40]), "“broken.docx” is damaged or incomplete."),
        (named("paper", b"%PDF-1.7 nothing"), "“paper” is damaged or incomplete."),
    ],
)
def test_a_refused_file_says_why_and_the_others_are_sent(chat, file, sentence):
    chat.page_errors.expects("422")
    chat.writes("Look", images=[file, image_files.png("red.png")])
    failed = chat.page.locator("#chips > .failed")
    expect(failed.locator(".fault")).to_contain_text(sentence)
    failed.get_by_role("button", name=re.compile("^Remove")).click()
    chat.send.click()

    chat.answer.wait_for_state("complete")
    assert [part["type"] for part in parts_at_openrouter(chat)] == ["text", "image_url"]
