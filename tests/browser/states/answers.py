"""States of an answer: waiting, thinking, failed, wide, with tools, images, versions and code."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

from playwright.sync_api import expect

from tests.browser import image_files
from tests.browser.chat_page import Chat
from tests.browser.states.chats import LONG_TITLE

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


def waits(chat: Chat) -> Iterator[str]:
    chat.asks("[[silence]]").wait_for_state("waiting")
    yield "waiting"
    chat.visits("/")
    chat.asks("[[reasoning n=40]] [[rate n=25]]").article.locator(".window[data-cut]").wait_for()
    yield "thinking"
    chat.visits("/")
    chat.asks("[[reasoning]] [[tokens n=4000 rate=20]]").wait_for_text("1 2 3")
    yield "streaming"


def is_answered(chat: Chat) -> Iterator[str]:
    chat.asks(EVERY_BLOCK, images=[image_files.png(width=900, height=300)]).wait_for_state("complete")
    yield "every block"
    chat.visits("/")
    chat.asks(FOOTNOTES).wait_for_state("complete")
    answer = chat.asks("[[reasoning]] [[image]] [[citations]]")
    answer.wait_for_state("complete")
    for fold in answer.article.locator(".thoughts > summary, .facts > summary").all():
        fold.click()
    yield "thoughts, an image, sources and footnotes"


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
    chat.asks("[[byok]] [[say Yours]]", images=[image_files.png(width=900, height=300)]).wait_for_state("complete")
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


def has_versions(chat: Chat) -> Iterator[str]:
    chat.asks(LONG_TITLE + " [[say One.]]").wait_for_state("complete")
    chat.answers.last.get_by_role("button", name="Regenerate").click()
    expect(chat.answers.locator(".pager")).to_contain_text("2 / 2")
    chat.answer.wait_for_state("complete")
    chat.page.wait_for_load_state()  # without its script the link leads to a page
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
    chat.page_errors.expects("status of 422")
    chat.page.get_by_role("button", name="Save", exact=True).click()
    chat.page.get_by_role("alert").filter(has_text=re.compile(r"\w")).first.wait_for()
    chat.page.get_by_role("heading", level=1).click()
    yield "a message and a title being edited"
    chat.visits(menu)
    chat.page.get_by_text("Delete", exact=True).click()
    yield "the menu of an answer as a page"
    chat.visits("/chats/")
    yield "chats as a page"


def looks_at_code(chat: Chat) -> Iterator[str]:
    chat.page_errors.expects("The target origin provided")  # axe-core wants to look into the frames
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
