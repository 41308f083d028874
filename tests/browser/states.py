"""Every state that a page can be in, for who looks at them all: stories that stop at each state, and say its name."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from playwright.sync_api import FilePayload, expect

from tests.browser import photos
from tests.browser.chat import Chat
from tests.browser.conftest import PHONE
from tests.files import made
from tests.mcp import servers
from tests.mcp.authority import vault
from tests.mcp_server import Running

Story = Callable[[Chat], Iterator[str]]

LONG_TITLE = "A chat about Donaudampfschifffahrtsgesellschaftskapitäne and whatever else they may have been asked"
EVERY_BLOCK = "[[markdown kb=6 rate=5000]]"
WIDE = (
    "[[say "
    + "Donaudampfschifffahrtsgesellschaftskapitän" * 5
    + " and https://example.org/"
    + "very-long-path/" * 20
    + " and `"
    + "inline_code_without_a_break" * 8
    + "`\n\n```python\nx = '"
    + "wide " * 60
    + "'\n```\n\n| "
    + " | ".join(f"column number {number}" for number in range(12))
    + " |\n|"
    + "---|" * 12
    + "\n| "
    + " | ".join("cell " * 4 for _ in range(12))
    + " |\n\n$$\n"
    + " + ".join(f"x_{{{number}}}^2" for number in range(40))
    + "\n$$\n\nشكرا على سؤالك. هذا جواب طويل يكفي لسطرين على هاتف صغير، ومعه قائمة:\n\n- خبز\n- زيت\n]]"
)
GIANT_TABLE = "[[say | Number | Square |\n|---|--:|\n" + "".join(f"| {n} | {n * n} |\n" for n in range(1, 41)) + "]]"
FOOTNOTES = "[[say Flour[^1] and water.\n\n> It rests for a night.\n\n[^1]: Strong wheat flour, as for bread.\n]]"


def stands_outside(chat: Chat) -> Iterator[str]:
    chat.browser.clear_cookies()
    chat.visits("/")
    chat.page.get_by_text("Who can see my key").click()
    yield "signed out"
    chat.watch.expects("status of 40[04]")
    chat.visits("/signin/callback/?code=x&state=y&attempt=z")
    yield "a problem with signing in"
    chat.visits("/nowhere/")
    yield "not here"


def begins(chat: Chat) -> Iterator[str]:
    yield "a new chat"
    chat.page.keyboard.press("Control+/")
    chat.page.get_by_role("dialog", name="Keyboard shortcuts").get_by_text("Stop the answer").wait_for()
    yield "shortcuts"
    chat.visits("/?temporary=1")
    chat.asks("[[say Nobody will know.]]").wait_for_state("complete")
    yield "a temporary chat"


def has_settings(chat: Chat) -> Iterator[str]:
    chat.asks("[[say Hello]]").wait_for_state("complete")
    chat.page.locator("[data-settings]").click()
    dialog = chat.page.get_by_role("dialog", name="Settings of this chat")
    dialog.wait_for()
    dialog.locator("details").evaluate_all("groups => groups.forEach((group) => (group.open = true))")
    dialog.get_by_label("Temperature").fill("0.2")
    dialog.get_by_label("System prompt").fill("Be brief.")
    yield "settings in a dialog"
    dialog.get_by_label("Name").fill("Brief")
    dialog.get_by_role("button", name="Save chat and preset").click()
    chat.page.locator("#chat-settings .summary").wait_for()
    yield "a chat with settings"
    chat.watch.expects("status of 422")
    chat.page.goto(str(chat.page.locator("[data-settings]").get_attribute("href")))
    chat.page.get_by_label("Top A").fill("9")
    chat.page.get_by_role("button", name="Save", exact=True).click()
    chat.page.locator(".fault").wait_for()
    yield "settings that cannot be saved"
    chat.visits("/presets/")
    yield "presets"
    chat.page.get_by_role("link", name="Brief").click()
    yield "a preset"


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
    chat.watch.expects("status of 422")
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


def speaks(chat: Chat) -> Iterator[str]:
    chat.watch.expects("status of 422")
    form: dict[str, str | float | bool] = {"csrfmiddlewaretoken": chat.csrf_token}
    form |= {"has_dictation": "on", "reads_aloud": "on"}
    chat.browser.request.post("/account/voice/", form=form)
    chat.visits("/")
    chat.page.get_by_role("button", name="Dictate").click()
    chat.page.locator(".dictation .price", has_text="under").wait_for()
    yield "recording"
    chat.standin.answers(402, to="audio/transcriptions")
    chat.page.get_by_role("button", name="Stop recording").click()
    chat.page.locator(".dictation .said:visible").wait_for()
    yield "a recording that could not be sent"
    chat.page.get_by_role("button", name="Discard").click()
    answer = chat.asks("[[say Flour, water and salt. It rests for a night.]]")
    answer.wait_for_state("complete")
    answer.article.hover()
    answer.action("More").click()
    link = chat.page.get_by_role("link", name="Read aloud")
    address = str(link.get_attribute("href"))
    link.click()
    chat.page.locator(".player", has_text="Finished reading.").wait_for()
    yield "an answer that was read aloud"
    chat.standin.answers(402, to="audio/speech")
    chat.browser.request.post("/account/voice/", form=form | {"speech_voice": "hexgrad/kokoro-82m bm_george"})
    answer.article.hover()
    answer.action("More").click()
    link.click()
    chat.page.locator(".player .said:visible").wait_for()
    yield "an answer that could not be read"
    chat.visits(address)
    yield "reading aloud as a page"
    chat.page.get_by_role("button", name="Read this part").click()
    chat.page.locator("audio").wait_for()
    yield "reading aloud as a page, with a part that can be heard"
    chat.visits("/account/")
    yield "the account with voice turned on"


def waits(chat: Chat) -> Iterator[str]:
    chat.asks("[[silence]]").wait_for_state("waiting")
    yield "waiting"
    chat.visits("/")
    chat.asks("[[reasoning n=40]] [[rate n=25]]").article.locator(".window[data-cut]").wait_for()
    yield "thinking"
    chat.visits("/")
    chat.asks("[[reasoning]] [[tokens n=4000 rate=20]]").wait_for_text("1 2 3")
    yield "streaming"


def costs(chat: Chat) -> Iterator[str]:
    chat.chooses_model("Claude Sonnet 5")
    for _ in range(3):
        chat.asks("[[say Hello.]]", images=[photos.png("red.png")]).wait_for_state("complete")
    chat.writes("Bread and butter, over and over again. " * 1_000, images=[photos.png("red.png")])
    chat.page.locator("#costly").get_by_role("button", name=re.compile("^Use ")).wait_for()
    yield "a message that costs far more than usual"
    chat.page.locator("#estimate").click()
    chat.page.get_by_role("row", name="Chat so far").wait_for()
    yield "of what the estimate is made"
    chat.visits("/")
    answer = chat.asks("Bread and butter. " * 500 + "[[tokens n=4000 rate=20]]")
    chat.page.locator("#composer-action").get_by_text(" so far").wait_for()
    yield "the running cost"
    chat.stop.click()
    answer.wait_for_state("stopped")
    yield "what a stopped answer came to"


def is_answered(chat: Chat) -> Iterator[str]:
    chat.asks(EVERY_BLOCK, images=[photos.png(width=900, height=300)]).wait_for_state("complete")
    yield "every block"
    chat.visits("/")
    chat.asks(FOOTNOTES).wait_for_state("complete")
    answer = chat.asks("[[reasoning]] [[image]] [[citations]]")
    answer.wait_for_state("complete")
    for fold in answer.article.locator(".thoughts > summary, .facts > summary").all():
        fold.click()
    yield "thoughts, a picture, sources and footnotes"


def makes_images(chat: Chat) -> Iterator[str]:
    chat.visits("/settings/?model=black-forest-labs/flux.2-pro")
    chat.page.get_by_text("Images", exact=True).click()
    yield "settings for images"
    chat.visits("/?model=black-forest-labs/flux.2-pro")
    chat.asks("[[silence]]").article.get_by_text("Making an image").wait_for()
    yield "an image in the making"
    chat.visits("/")
    chat.chooses_model("Nano Banana")
    chat.asks("[[image n=3]] [[say Three cats.]]").wait_for_state("complete")
    chat.answer.article.get_by_role("link", name="Edit this image 2").click()
    chat.page.get_by_role("button", name="Remove Image to edit").wait_for()
    chat.message.press_sequentially("Make it blue")
    chat.page.locator("#estimate").get_by_text("per image").wait_for()
    yield "images of an answer, one of them to be edited"
    chat.answer.article.locator(".made a").first.click()
    chat.page.get_by_role("button", name="Edit this image").wait_for()
    yield "an image that a model made, over the page"


def uses_tools(chat: Chat) -> Iterator[str]:
    settings = {"then": "save", "tools": ["calculator", "current_time"], "web_search": "true"}
    chat.asks("[[say Hello]]").wait_for_state("complete")
    address = f"{chat.page.url.partition('?')[0]}settings/"
    form = f"csrfmiddlewaretoken={chat.csrf_token}&" + urlencode(settings, doseq=True)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert chat.browser.request.post(address, data=form, headers=headers).ok
    chat.page.reload()
    chat.asks("[[search details]] [[call calculator,launch]]").wait_for_state("complete")
    for step in chat.page.locator("details.step").all():
        step.locator("summary").click()
    yield "an answer with tool calls"


def looks_at_the_request(chat: Chat) -> Iterator[str]:
    chat.asks("[[tools both]] [[say Found]]").wait_for_state("complete")
    chat.asks("[[byok]] [[say Yours]]", images=[photos.png(width=900, height=300)]).wait_for_state("complete")
    for fold in chat.page.locator(".facts > summary").all():
        fold.click()
    yield "the parts of a cost"
    chat.answer.article.locator("[data-menu]").click()
    chat.page.get_by_role("link", name="What this chat sent").click()
    chat.page.get_by_role("heading", name="What this chat sent").wait_for()
    yield "the request behind an answer"


def fails(chat: Chat) -> Iterator[str]:
    answer = chat.asks("[[error 402 credits]]")
    answer.wait_for_state("failed")
    answer.article.get_by_text("Details").click()
    yield "an error"
    chat.asks("[[length]] [[tokens n=60 rate=500]]").wait_for_state("complete")
    yield "half an answer"


def is_wide(chat: Chat) -> Iterator[str]:
    chat.asks("Wide" + "_and_unbroken" * 30).wait_for_state("complete")
    chat.asks(WIDE).wait_for_state("complete")
    yield "wide content"
    chat.page.get_by_role("button", name="Wrap").last.click()
    chat.asks(GIANT_TABLE).wait_for_state("complete")
    yield "wrapped code and a giant table"


def writes_much(chat: Chat) -> Iterator[str]:
    chat.watch.expects("status of 422")
    name = "a_name_that_is_much_too_long_to_be_shown_whole.png"
    chat.writes("Look", images=[photos.png(), photos.html_named_as_image(name), photos.png("third.png", 300, 900)])
    chat.page.get_by_text(f"“{name}” isn't").wait_for()
    chat.send.click()
    chat.error.wait_for()
    yield "pictures, and one that failed"
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
    chat.asks("Look", images=[photos.png("1.png", 400, 300), photos.png("2.png", 300, 400)]).wait_for_state("complete")
    chat.page.get_by_role("button", name="Included in later messages: image 2").click()
    chat.page.get_by_role("button", name="Not included in later messages: image 2").wait_for()
    yield "earlier pictures, one left behind"
    chat.chooses_model("gpt-oss-20b")
    chat.page.get_by_role("button", name=re.compile("^Use ")).wait_for()
    chat.watch.expects("ERR_FAILED|Failed to fetch")
    chat.page.route("**/messages/", lambda route: route.abort())
    chat.writes("Can you see it?")
    chat.send.click()
    chat.page.get_by_role("button", name="Retry", exact=True).wait_for()
    yield "a model that cannot see, and a message that was not sent"


def has_files(chat: Chat) -> Iterator[str]:
    long = "A quarterly report of which nobody can say in a few words what it is about.pdf"
    report = FilePayload(name=long, mimeType="application/pdf", buffer=made.pdf("First", "Second"))
    sound = FilePayload(name="voice.wav", mimeType="audio/wav", buffer=made.wav())
    broken = FilePayload(name="broken.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7")
    chat.watch.expects("422")
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


def has_versions(chat: Chat) -> Iterator[str]:
    chat.asks(LONG_TITLE + " [[say One.]]").wait_for_state("complete")
    chat.answers.last.get_by_role("button", name="Regenerate").click()
    expect(chat.answers.locator(".pager")).to_contain_text("2 / 2")
    chat.answer.wait_for_state("complete")
    more = chat.answers.last.get_by_role("link", name="More")
    more.click()
    chat.page.locator("#message-menu").get_by_text("Delete", exact=True).click()
    yield "the menu of an answer, and versions"
    menu = str(more.get_attribute("href"))
    chat.page.keyboard.press("Escape")
    chat.page.get_by_role("button", name="Chat options").click()
    chat.page.locator("#chat-tools").get_by_text("Export chat").click()
    yield "the tools of a chat"
    chat.page.keyboard.press("Escape")
    chat.questions.last.hover()
    chat.questions.last.get_by_role("link", name="Edit").click()
    chat.page.get_by_role("textbox", name="Your message").fill("")
    chat.watch.expects("status of 422")
    chat.page.get_by_role("button", name="Save", exact=True).click()
    chat.page.get_by_role("alert").filter(has_text=re.compile(r"\w")).first.wait_for()
    chat.page.get_by_role("heading", level=1).click()
    yield "a message and a title being edited"
    chat.visits(menu)
    chat.page.get_by_text("Delete", exact=True).click()
    yield "the menu of an answer as a page"
    chat.visits("/chats/")
    yield "chats as a page"


def lists(chat: Chat) -> Iterator[str]:
    for text in ("Yeast", LONG_TITLE):
        chat.visits("/")
        chat.asks(text).wait_for_state("complete")
    chat.visits("/")
    chat.asks("Slow bread [[silence]]").wait_for_state("waiting")
    chat.visits("/")
    chat.asks("Meanwhile [[tokens n=60 rate=25]]").wait_for_text("1 2")
    chat.visits("/")
    chat.page.get_by_role("link", name=re.compile("^Answer ready")).wait_for()
    _opens_options(chat, "A chat about")
    yield "the options of a chat, marks, and an answer that ended elsewhere"
    chat.page.locator("#chat-menu").get_by_role("button", name="Delete").click()
    chat.page.get_by_role("button", name="Undo").wait_for()
    chat.page.set_viewport_size(PHONE)
    _opens_options(chat, "Yeast")
    chat.page.locator("#chat-menu").get_by_role("button", name="Rename").click()
    yield "a deleted chat that can be had back, and one being renamed in the drawer"


def _opens_options(chat: Chat, title: str) -> None:
    drawer = chat.page.get_by_role("button", name="Chats", exact=True)
    if drawer.is_visible() and not chat.page.locator("#chats:popover-open").is_visible():
        drawer.click()
    row = chat.page.locator("#chat-list .chat").filter(has_text=title)
    row.hover()
    row.get_by_role("button").click()


def searches(chat: Chat) -> Iterator[str]:
    for _ in range(2):
        chat.asks("Which flour for bread? " * 9 + "[[say Strong **wheat** flour.]]").wait_for_state("complete")
    chat.page.keyboard.press("Control+k")
    chat.page.get_by_role("searchbox").fill("flour")
    chat.page.locator("#found mark").first.wait_for()
    yield "search over a chat"
    chat.visits("/search/?q=nothing+of+that")
    yield "search that finds nothing"


def is_at_the_account(chat: Chat) -> Iterator[str]:
    chat.asks("Hello").wait_for_state("complete")
    chat.watch.expects("status of 422")
    chat.visits("/account/")
    chat.page.get_by_label("Zip or JSON").evaluate("field => (field.required = false)")
    _brings_in(chat)
    chat.page.get_by_role("alert").wait_for()
    chat.page.locator("details").evaluate_all("folds => folds.forEach((fold) => (fold.open = true))")
    name = "a_name_that_is_much_too_long_to_be_shown_whole.zip"
    chat.page.get_by_label("Zip or JSON").set_input_files({"name": name, "mimeType": "", "buffer": b"not a zip"})
    yield "the account, with all that can be deleted"
    _brings_in(chat)
    yield "chats brought in"
    chat.visits("/account/")
    chat.page.get_by_text("Disconnect from OpenRouter").click()
    chat.page.get_by_role("button", name="Disconnect", exact=True).click()
    yield "disconnected"


def continues_a_text(chat: Chat) -> Iterator[str]:
    chat.visits("/continue/")
    yield "a text to continue"
    chat.page.get_by_label("Text").fill("Once upon a time [[tokens n=60 rate=200]]")
    chat.page.get_by_role("button", name="Continue").click()
    chat.page.get_by_role("button", name="Remove added text").wait_for()
    yield "a text that was continued"
    chat.watch.expects("status of 422")
    chat.page.get_by_label("Maximum tokens to add").fill("many")
    chat.page.get_by_role("button", name="Continue").click()
    chat.page.get_by_text("Enter a whole number.").wait_for()
    yield "a text that could not be continued"


def spends(chat: Chat) -> Iterator[str]:
    chat.visits("/account/spending/")
    yield "nothing spent"
    chat.visits("/")
    chat.asks(f"{LONG_TITLE} [[tokens n=30]]").wait_for_state("complete")
    chat.page.locator("#chat-cost a").click()
    chat.page.get_by_role("heading", name="What this chat has cost").wait_for()
    yield "the costs of a chat"
    chat.page.get_by_role("link", name="All spending").click()
    chat.page.locator("summary").click()
    yield "what was spent"


def _brings_in(chat: Chat) -> None:
    if not chat.page.get_by_role("button", name="Import").is_visible():
        chat.page.locator("summary", has_text="Import chats").click()
    with chat.page.expect_navigation():
        chat.page.get_by_role("button", name="Import").click()


def runs_out(chat: Chat) -> Iterator[str]:
    in_three_days = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    chat.standin.says_of_credits(0.0042)
    _gets_a_key(chat, expires_at=in_three_days, limit=12_000_000, limit_remaining=11_000_000, limit_reset="monthly")
    yield "little left, and a key that expires"
    chat.visits("/account/")
    yield "the account of somebody with little left"
    _gets_a_key(chat, expires_at="2026-01-02T03:04:05Z")
    yield "a key that expired"
    chat.visits("/account/")
    yield "the account of somebody whose key expired"


def _gets_a_key(chat: Chat, **facts: object) -> None:
    """A new one, of which OpenRouter says this."""
    chat.standin.says_of_keys(**facts)
    chat.is_signed_in(chat.person)

    def is_known() -> bool:
        chat.visits("/")
        return chat.page.locator("#key-notice p").count() > 0

    chat.standin.wait_for(is_known)


def looks_at_models(chat: Chat) -> Iterator[str]:
    chat.visits("/models/")
    yield "the list of models"
    chat.page.get_by_label("Free", exact=True).check()
    chat.page.get_by_text("2 models found").wait_for()
    yield "free models"
    chat.visits("/models/?q=nothing+like+it")
    yield "no model found"
    chat.visits("/models/meta-llama/llama-3.3-70b-instruct/")
    chat.page.get_by_text("Stores no data").wait_for()
    chat.page.locator("summary").click()
    yield "a model with its providers"
    chat.visits("/models/x-ai/grok-4.5/")
    chat.page.get_by_text("Second Source").wait_for()
    yield "a model with tiers"


def compares(chat: Chat) -> Iterator[str]:
    chat.page.locator("#model").click()
    dialog = chat.page.get_by_role("dialog", name="Model", exact=True)
    dialog.get_by_role("button", name="Compare", exact=True).click()
    for model in ("anthropic/claude-haiku-4.5", "openai/gpt-5.4-mini"):
        dialog.locator(f"[role='option'][data-model='{model}']").click()
    yield "models being chosen to compare"
    dialog.get_by_role("button", name="Close").click()
    chat.writes("[[markdown kb=2 rate=200]] [[tokens n=200 rate=20]]")
    yield "models to compare in the composer"
    chat.send.click()
    columns = chat.conversation.locator(".side-by-side > .column")
    expect(columns).to_have_count(3)
    columns.nth(1).get_by_role("button", name="Stop Claude Haiku 4.5").click()
    expect(columns.nth(1).locator("article")).to_have_attribute("data-state", "stopped")
    yield "answers side by side, one of them stopped"
    chat.stop.click()
    chat.send.wait_for()
    columns.nth(1).get_by_role("link", name="Go on with this one").click()
    expect(chat.answers).to_have_count(1)
    yield "one of several answers, with which the chat goes on"


def adds_tools(chat: Chat) -> Iterator[str]:
    chat.watch.expects("status of 422")
    chat.visits("/account/tools/")
    yield "somebody without tools"
    chat.page.get_by_text("Send a key in a header").click()
    chat.page.get_by_label("Address").fill("https://127.0.0.1/mcp")
    chat.page.get_by_label("Header").fill("no name")
    chat.page.get_by_role("button", name="Add").click()
    chat.page.locator(".fault").wait_for()
    yield "a server that cannot be added"
    with kitchens() as (kitchen, vault):
        for name, server in (("Donaudampfschifffahrtsgesellschaft" * 2, kitchen), ("Vault", vault)):
            chat.visits("/account/tools/")
            chat.page.get_by_label("Address").fill(server)
            chat.page.get_by_label("Name").fill(name[:60])
            chat.page.get_by_role("button", name="Add").click()
            chat.page.get_by_role("heading", name=name[:60]).wait_for()
            yield f"the page of the server {name[:5]}"
        chat.page.get_by_role("button", name="Sign in").click()
        chat.page.get_by_role("link", name="Continue to 127.0.0.1").wait_for()
        yield "a sign-in with a server"
        chat.visits("/account/tools/")
        yield "servers"
        chat.page.get_by_role("link", name="Donau").click()
    chat.page.get_by_role("button", name="Refresh tools").click()
    chat.page.get_by_role("alert").wait_for()
    yield "a server that cannot be reached"


@contextmanager
def kitchens() -> Iterator[tuple[str, str]]:
    """The addresses of a server whose tools have much to say, and of one that wants a sign-in."""
    wide = servers.tool("wide", "Donaudampfschifffahrtsgesellschaft" * 20, title="Donaudampfschifffahrts" * 5)
    rtl = servers.tool("rtl", "\u0634\u0643\u0631\u0627 \u0639\u0644\u0649 \u0633\u0624\u0627\u0644\u0643. " * 10)
    with Running(servers.lists(wide, rtl)) as kitchen, vault() as locked:
        yield kitchen.url, locked.server.url


def looks_at_code(chat: Chat) -> Iterator[str]:
    chat.watch.expects("The target origin provided")  # axe-core wants to look into the frames
    answer = chat.asks("[[previews]] [[rate n=5000]]")
    answer.wait_for_state("complete")
    block = answer.article.locator(".code")
    for name in ("Preview", "Table", "Tree"):
        for button in block.get_by_role("button", name=name, exact=True).all():
            button.click()
    expect(block.nth(2).frame_locator("iframe").get_by_text("Everybody eats").first).to_be_visible()
    block.get_by_text("guests: ").click()
    yield "a page, an image, a diagram, a table and a tree"
    block.first.get_by_role("button", name="Full screen", exact=True).click()
    block.first.get_by_role("button", name="Exit full screen").wait_for()
    yield "a page that fills the screen"


STORIES: list[Story] = [
    stands_outside,
    begins,
    has_settings,
    searches_the_web,
    has_prompts,
    waits,
    speaks,
    costs,
    is_answered,
    makes_images,
    uses_tools,
    looks_at_the_request,
    fails,
    is_wide,
    writes_much,
    shows_images,
    has_files,
    has_versions,
    lists,
    searches,
    is_at_the_account,
    runs_out,
    spends,
    continues_a_text,
    looks_at_models,
    compares,
    adds_tools,
    looks_at_code,
]
