"""States of the list of models, of one model, and of several that answer side by side."""

from collections.abc import Iterator

from playwright.sync_api import expect

from tests.browser.chat_page import Chat


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
