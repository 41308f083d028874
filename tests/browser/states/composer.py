"""States of the composer: texts, attachments, and what the message will cost."""

import re
from collections.abc import Iterator

from playwright.sync_api import FilePayload

from tests.browser import image_files
from tests.browser.chat_page import Chat
from tests.files import samples


def begins(chat: Chat) -> Iterator[str]:
    yield "a new chat"
    chat.page.keyboard.press("Control+/")
    chat.page.get_by_role("dialog", name="Keyboard shortcuts").get_by_text("Stop the answer").wait_for()
    yield "shortcuts"
    chat.visits("/?temporary=1")
    chat.asks("[[say Nobody will know.]]").wait_for_state("complete")
    yield "a temporary chat"


def searches_the_web(chat: Chat) -> Iterator[str]:
    chat.chooses_model("Claude Sonnet 5")
    chat.page.get_by_role("checkbox", name="Search the web").check()
    chat.writes("What is a potluck? " * 20)
    chat.page.locator("#estimate").click()
    chat.page.get_by_role("row", name="Web search").wait_for()
    yield "what a message that may search will cost"
    chat.page.keyboard.press("Escape")
    chat.asks("What is a potluck?").wait_for_state("complete")
    chat.questions.last.hover()
    yield "a question whose answer searched"
    settings: dict[str, str | float | bool] = {"csrfmiddlewaretoken": chat.csrf_token, "web_search": "true"}
    chat.browser.request.post(f"{chat.page.url}settings/", form=settings)
    chat.page.reload()
    yield "searches by the settings"


def has_prompts(chat: Chat) -> Iterator[str]:
    chat.page_errors.expects("status of 422")
    chat.message.press("/")
    chat.page.locator(".slash-menu").get_by_text("You have no presets").wait_for()
    yield "the menu of somebody without presets and prompts"
    chat.message.fill("")
    chat.visits("/prompts/")
    for name, text in (
        ("Donaudampfschifffahrtsgesellschaft" * 2, "wide " * 60),
        ("Translate", "Into {{language}}: {{text}}"),
    ):
        chat.page.get_by_label("Name").evaluate("field => field.removeAttribute('maxlength')")
        chat.page.get_by_label("Name").fill(name)
        chat.page.get_by_label("Text").fill(text)
        chat.page.get_by_role("button", name="Save").click()
        if chat.page.locator(".fault").is_visible():
            yield "a prompt that cannot be saved"
            chat.page.get_by_label("Name").fill(name[:60])
            chat.page.get_by_role("button", name="Save").click()
    chat.page.get_by_role("button", name="Delete Translate").wait_for()
    yield "prompts"
    preset = {"then": "preset", "preset_name": "Tutor", "temperature": "0"}
    chat.browser.request.post("/settings/", form={"csrfmiddlewaretoken": chat.csrf_token, **preset})
    chat.visits("/")
    chat.message.press("/")
    option = chat.page.get_by_role("option", name="Translate")
    option.wait_for()
    yield "the menu of presets and prompts"
    option.click()
    chat.page.get_by_role("dialog", name="Translate").wait_for()
    yield "the variables of a prompt"


def costs(chat: Chat) -> Iterator[str]:
    chat.chooses_model("Claude Sonnet 5")
    for _ in range(3):
        chat.asks("[[say Hello.]]", images=[image_files.png("red.png")]).wait_for_state("complete")
    chat.writes("Bread and butter, over and over again. " * 1_000, images=[image_files.png("red.png")])
    chat.page.locator("#costly").get_by_role("button", name=re.compile("^Use ")).wait_for()
    yield "a message that costs far more than usual"
    chat.page.locator("#estimate").click()
    chat.page.get_by_role("row", name=re.compile(r"^\d+ image")).wait_for()
    yield "of what the estimate is made"
    chat.visits("/")
    answer = chat.asks("Bread and butter. " * 500 + "[[tokens n=4000 rate=20]]")
    chat.page.locator("#composer-action").get_by_text(" so far").wait_for()
    yield "the running cost"
    chat.stop.click()
    answer.wait_for_state("stopped")
    yield "what a stopped answer came to"


def writes_much(chat: Chat) -> Iterator[str]:
    chat.page_errors.expects("status of 422")
    name = "a_name_that_is_much_too_long_to_be_shown_whole.png"
    chat.writes(
        "Look",
        images=[image_files.png(), image_files.html_named_as_image(name), image_files.png("third.png", 300, 900)],
    )
    chat.page.get_by_text(f"“{name}” isn't").wait_for()
    chat.send.click()
    chat.error.wait_for()
    yield "images, and one that failed"
    chat.visits("/?temporary=1")
    chat.chooses_model("Nano Banana")
    chat.asks("[[tokens n=4000 rate=20]]").wait_for_text("1 2 3")
    chat.writes("wait" * 40)
    chat.page.get_by_role("button", name="Send after this answer").click()
    name = "a_name_that_is_much_too_long_to_be_shown_whole.log"
    log = FilePayload(name=name, mimeType="", buffer=b"wide " * 30_500)
    chat.writes("x", images=[log])
    chat.page.get_by_text("This chat takes up").wait_for()
    chat.page.evaluate("dispatchEvent(new Event('offline'))")
    yield "a message that waits, a long text, a full chat, a price, and no connection"


def shows_images(chat: Chat) -> Iterator[str]:
    chat.asks("Look", images=[image_files.png("1.png", 400, 300), image_files.png("2.png", 300, 400)]).wait_for_state(
        "complete"
    )
    chat.page.get_by_role("button", name="Included in later messages: image 2").click()
    chat.page.get_by_role("button", name="Not included in later messages: image 2").wait_for()
    yield "earlier images, one not included"
    chat.chooses_model("gpt-oss-20b")
    chat.page.get_by_role("button", name=re.compile("^Use ")).wait_for()
    chat.page_errors.expects("ERR_FAILED|Failed to fetch")
    chat.page.route("**/messages/", lambda route: route.abort())
    chat.writes("Can you see it?")
    chat.send.click()
    chat.page.get_by_role("button", name="Retry", exact=True).wait_for()
    yield "a model that cannot see, and a message that was not sent"


def has_files(chat: Chat) -> Iterator[str]:
    long = "A quarterly report of which nobody can say in a few words what it is about.pdf"
    report = FilePayload(name=long, mimeType="application/pdf", buffer=samples.pdf("First", "Second"))
    sound = FilePayload(name="voice.wav", mimeType="audio/wav", buffer=samples.wav())
    broken = FilePayload(name="broken.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7")
    chat.page_errors.expects("422")
    chat.chooses_model("Llama 3.3 70B")
    chat.writes("Read them", images=[report, sound, broken])
    chat.page.get_by_text("OCR").first.wait_for()
    chat.page.get_by_text("doesn't accept audio").wait_for()
    chat.page.get_by_text("is damaged or incomplete").wait_for()
    yield "a PDF with its price, audio that the model does not take, and a broken file"
    chat.page.get_by_role("button", name="Remove broken.pdf").click()
    chat.chooses_model("Gemini 3.7 Flash")
    chat.send.click()
    chat.answer.wait_for_state("complete")
    chat.page.get_by_role("button", name="Included in later messages: voice.wav").click()
    chat.page.get_by_role("button", name="Not included in later messages: voice.wav").wait_for()
    yield "files in a message, one of them not resent"
