"""Hides and shows tabs, which a headless browser never does by itself, and counts their open streams."""

from playwright.sync_api import Page, Request

HIDE = """
Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
document.dispatchEvent(new Event('visibilitychange'));
"""
SHOW = """
delete document.hidden;
delete document.visibilityState;
document.dispatchEvent(new Event('visibilitychange'));
"""


def hide(page: Page) -> None:
    page.evaluate(HIDE)


def show(page: Page) -> None:
    page.evaluate(SHOW)


class Streams:
    """The streams that a page has open; the response to a message is one."""

    def __init__(self, page: Page) -> None:
        self.opened = self.closed = 0
        page.on("request", self._on_request)
        page.on("requestfinished", self._on_end)
        page.on("requestfailed", self._on_end)

    def _on_request(self, request: Request) -> None:
        self.opened += _is_stream(request)

    def _on_end(self, request: Request) -> None:
        self.closed += _is_stream(request)

    @property
    def open(self) -> int:
        return self.opened - self.closed


def _is_stream(request: Request) -> bool:
    is_message = request.method == "POST" and request.url.endswith(("/chats/", "/messages/"))
    return is_message or "/stream/" in request.url
