"""Notes console errors, exceptions, dialogs and requests to third parties on every page, for a check after the test."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, WebError

LOCAL_SCHEMES = ("data", "blob", "about")


class PageErrors:
    """Notes console errors (CSP violations are among them), uncaught exceptions and requests to third parties."""

    def __init__(self, context: BrowserContext, *, site_url: str, openrouter_url: str) -> None:
        self.trouble: list[str] = []
        self._site = urlsplit(site_url).netloc
        self._known = {self._site, urlsplit(openrouter_url).netloc}
        self._expected: list[re.Pattern[str]] = []
        self._context = context
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("dialog", self._on_dialog)
        context.on("request", self._on_request)

    def stop(self) -> None:
        """Stop listening, so that the next test can use the context."""
        self._context.remove_listener("console", self._on_console)
        self._context.remove_listener("weberror", self._on_error)
        self._context.remove_listener("dialog", self._on_dialog)
        self._context.remove_listener("request", self._on_request)

    def expects(self, pattern: str) -> None:
        """Allow a message on the console, such as the browser's own one about a 422."""
        self._expected.append(re.compile(pattern))

    def knows(self, url: str) -> None:
        """Allow requests to this origin, besides those of the site and OpenRouter."""
        self._known.add(urlsplit(url).netloc)

    @property
    def unexpected(self) -> list[str]:
        return [line for line in self.trouble if not any(pattern.search(line) for pattern in self._expected)]

    def _on_console(self, message: ConsoleMessage) -> None:
        where = message.location["url"]
        is_elsewhere = urlsplit(where).netloc not in ("", self._site)  # OpenRouter's pages are not ours
        if message.type in ("error", "warning") and not is_elsewhere:
            self.trouble.append(f"console {message.type}: {message.text} ({where})")

    def _on_error(self, error: WebError) -> None:
        self.trouble.append(f"uncaught: {error.error}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in LOCAL_SCHEMES and parts.netloc not in self._known:
            self.trouble.append(f"request to a third party: {request.url}")
