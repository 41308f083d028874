"""Answers with a block of code whose preview is open, for tests."""

from playwright.sync_api import FrameLocator, Locator

from tests.browser.chat_page import Chat
from tests.standin.wire import DONE, Wire

wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


def code(language: str, source: str) -> str:
    return f"[[say ```{language}\n{source}\n```]]"


def shows(chat: Chat, language: str, source: str, button: str = "Preview") -> Locator:
    """The panel of an answer that is this block of code, all of which comes at once."""
    chat.standin.answers_raw([wire.text(f"```{language}\n{source}\n```"), wire.chunk({}, "stop"), DONE])
    answer = chat.asks("Some code, please.")
    answer.wait_for_state("complete")
    answer.action(button).click()
    return answer.article.locator("dialog.code-view")


def frame_in(panel: Locator) -> FrameLocator:
    return panel.frame_locator("iframe")


def requested_urls(chat: Chat) -> list[str]:
    """What is asked for from now on."""
    paths: list[str] = []
    chat.page.on("request", lambda request: paths.append(request.url))
    return paths
