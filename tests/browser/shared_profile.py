"""Browser profiles that tests share one after the other: emptied each time, but with their scripts compiled.

A new profile has a process and a cache of its own, in which everything is loaded and compiled once more: that was a
tenth to a fifth of what a short test costs.
"""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

STORED = "local_storage,indexeddb,cache_storage,service_workers,file_systems"
MOST_PROFILES = 4  # each has a process that waits; a test has two or three devices
HAS_A_MADE_UP_CLOCK = "'__pwClock' in globalThis"  # as Playwright calls it; no profile gets rid of it again


class SharedProfiles:
    """One for each kind of device, which is the options of Playwright's `new_context`."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._profiles: dict[str, SharedProfile] = {}  # the one that was used last is the last

    def find(self, options: dict[str, Any]) -> "SharedProfile":
        kind = repr(sorted(options.items()))
        self._profiles[kind] = found = self._profiles.pop(kind, None) or SharedProfile(self._browser, options)
        if len(self._profiles) > MOST_PROFILES:
            self._profiles.pop(next(iter(self._profiles))).discard()
        return found

    def discard(self) -> None:
        for profile in self._profiles.values():
            profile.discard()


class SharedProfile:
    def __init__(self, browser: Browser, options: dict[str, Any]) -> None:
        self._browser = browser
        self._options = options
        self._site_url = ""
        self._context: BrowserContext | None = None

    def new_page(self, *, site_url: str) -> Page:
        """A tab without a past, in a profile without cookies, permissions or anything stored."""
        self.close_tabs()
        if self._context and (site_url != self._site_url or self._keeper.evaluate(HAS_A_MADE_UP_CLOCK)):
            self.discard()
        context = self._context or self._open(site_url)
        context.set_offline(False)
        context.clear_cookies()
        context.clear_permissions()
        self._clear_storage(context)
        return context.new_page()

    def close_tabs(self) -> None:
        for page in self._context.pages if self._context else ():
            if page is not self._keeper:
                page.close()

    def discard(self) -> None:
        """Have a new one next time, as after a test that failed in the middle of something."""
        if self._context:
            self._context.close()
        self._context = None

    def _open(self, site_url: str) -> BrowserContext:
        self._site_url = site_url
        self._context = context = self._browser.new_context(base_url=site_url, **self._options)
        self._keeper = context.new_page()  # while it is open the process of the site's pages lives on
        self._keeper.goto("/healthz")
        return context

    def _clear_storage(self, context: BrowserContext) -> None:
        wire = context.new_cdp_session(self._keeper)
        wire.send("Storage.clearDataForOrigin", {"origin": self._site_url, "storageTypes": STORED})
        wire.detach()
