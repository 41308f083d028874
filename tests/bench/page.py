"""What an answer costs the page, in a real Chromium: while it streams, and when a chat with a large one is opened.

A frame is dropped when the next comes more than 25 ms late at 60 a second; an idle page in the same run says how many
the machine itself drops. Bytes are those on the wire, main-thread seconds Chromium's own (TaskDuration).
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chat_page import Chat
from tests.browser.chromium import executable
from tests.browser.conftest import ARGUMENTS
from tests.browser.long_chat import repeat
from tests.browser.page_errors import PageErrors
from tests.site import Site
from tests.standin import StandIn

STREAMED = "[[markdown kb=21 rate=100]]"
ROWS = 5_000
TABLE = "| day | loaves | of |\n|---|--:|---|\n" + "".join(f"| {n} | {n % 7} | *flour* {n} |\n" for n in range(ROWS))
LARGE = {"1 MB, every kind of block": "[[megabyte]]", f"a table of {ROWS:,} rows": f"[[say {TABLE}]] [[rate n=20000]]"}
IDLE_SECONDS = 20
TURNS, OPENINGS = 500, 15
SCROLLS, SCROLL_PX = 60, 900
PATIENCE_MS = 300_000

COUNT_FRAMES = """() => {
  const frames = (window.frames_ = { due: 0, dropped: 0, running: true });
  const begin = performance.now();
  let before = begin;
  const look = (now) => {
    frames.due = Math.round((now - begin) * 0.06);
    if (now - before > 1000 / 60 + 25) frames.dropped += Math.round((now - before) * 0.06) - 1;
    before = now;
    if (frames.running) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


READ_TIMES = """() => {
  const { requestStart, responseStart, encodedBodySize } = performance.getEntriesByType("navigation")[0];
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return { server: responseStart - requestStart, paint: paint?.startTime ?? 0, size: encodedBodySize };
}"""


class Meter:
    """Reads Chromium's own figures of one page."""

    def __init__(self, page: Page) -> None:
        self._page, self.bytes = page, 0
        self._wire = page.context.new_cdp_session(page)
        self._wire.send("Network.enable")
        self._wire.send("Performance.enable")
        self._wire.on("Network.dataReceived", lambda event: self._add(event["encodedDataLength"]))

    def _add(self, received: int) -> None:
        self.bytes += received

    def seconds(self) -> dict[str, float]:
        metrics = self._wire.send("Performance.getMetrics")["metrics"]
        return {each["name"].removesuffix("Duration"): each["value"] for each in metrics if "Duration" in each["name"]}

    @contextmanager
    def reading(self, name: str, **facts: Any) -> Iterator[dict[str, Any]]:
        """Print what happened in between, with the facts that were put into what it yields."""
        before, received = self.seconds(), self.bytes
        self._page.evaluate(COUNT_FRAMES)
        yield facts
        frames = self._page.evaluate("() => { window.frames_.running = false; return window.frames_; }")
        spent = {each: value - before.get(each, 0) for each, value in self.seconds().items()}
        line = [
            f"{(self.bytes - received) / 1e6:.2f} MB",
            f"dropped {100 * frames['dropped'] / max(1, frames['due']):.1f} % of {frames['due']}",
            f"main thread {spent['Task']:.2f} s",
            f"(script {spent['Script']:.2f}, layout and style {spent['Layout'] + spent['RecalcStyle']:.2f})",
        ]
        print(f"{name:44}" + ", ".join([*line, *(f"{key} {value}" for key, value in facts.items())]), flush=True)


def main() -> None:
    with ExitStack() as stack:
        standin = stack.enter_context(StandIn())
        folder = stack.enter_context(TemporaryDirectory())
        site = stack.enter_context(Site(Path(folder), openrouter_url=standin.url))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        when_a_long_chat_is_opened(visitor(browser, site, standin), site)
        while_it_streams(visitor(browser, site, standin))
        for name, question in LARGE.items():
            when_it_is_opened(name, question, visitor(browser, site, standin))
        browser.close()


def visitor(browser: Browser, site: Site, standin: StandIn) -> Chat:
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    page_errors = PageErrors(context, site_url=site.url, openrouter_url=standin.url)
    chat = Chat(context.new_page(), standin=standin, page_errors=page_errors)
    chat.is_signed_in("alice")
    chat.visits("/")
    return chat


def when_a_long_chat_is_opened(chat: Chat, site: Site) -> None:
    """1,000 messages, beside a chat of two, and the server's "ok" as what any page costs; medians."""
    chat.asks("[[markdown kb=2 rate=5000]]").wait_for_end()
    addresses = {"nothing but ok": "/healthz", "a chat of 2 messages": chat.page.url}
    chat.visits("/")
    chat.asks("[[markdown kb=2 rate=5000]]").wait_for_end()
    repeat(chat, site=site, turns=TURNS)
    addresses["a chat of 1,000 messages"] = chat.page.url
    openings: dict[str, list[dict[str, float]]] = {name: [] for name in addresses}
    for _ in range(OPENINGS):
        for name, address in addresses.items():
            chat.page.goto(address, wait_until="networkidle")
            openings[name].append(chat.page.evaluate(READ_TIMES))
    for name, times in openings.items():
        server, paint, size = (median(each[key] for each in times) for key in ("server", "paint", "size"))
        print(f"{name + ': opened':44}server {server:.0f} ms, first paint {paint:.0f} ms, {size / 1000:.1f} KB of HTML")


def while_it_streams(chat: Chat) -> None:
    meter = Meter(chat.page)
    with meter.reading("an idle page"):
        chat.page.wait_for_timeout(1000 * IDLE_SECONDS)
    chat.asks("Hello").wait_for_end()
    with meter.reading("an answer of 21 KB as it streams") as facts:
        answer = chat.asks(STREAMED)
        ends(answer.article)
        facts["characters"] = len(answer.text)
    assert chat.page_errors.unexpected == []


def when_it_is_opened(name: str, question: str, chat: Chat) -> None:
    meter = Meter(chat.page)
    with meter.reading(f"{name}: as it streams"):
        chat.standin.answers(question)  # and not asked for by text: the question would be as long as the answer
        ends(chat.asks(name).article)
    again = Chat(chat.browser.new_page(), standin=chat.standin, page_errors=chat.page_errors)
    meter = Meter(again.page)
    again.visits(chat.page.url)
    timing = again.page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    line = [
        f"{timing['transferSize'] / 1e6:.2f} MB",
        f"server {timing['responseStart'] - timing['requestStart']:.0f} ms",
        f"interactive after {timing['domInteractive']:.0f} ms, loaded after {timing['loadEventEnd']:.0f} ms",
        f"main thread {meter.seconds()['Task']:.2f} s",
    ]
    print(f"{name + ': opened':44}" + ", ".join(line), flush=True)
    with meter.reading(f"{name}: scrolled through"):
        again.conversation.hover()
        for _ in range(SCROLLS):
            again.page.mouse.wheel(0, -SCROLL_PX)
            again.page.wait_for_timeout(30)
    chat.browser.close()


def ends(article: Any) -> None:
    """Without looking twice a second: that would be counted."""
    over = "element => !['waiting', 'streaming'].includes(element.dataset.state)"
    article.evaluate(
        f"element => new Promise((end) => {{ const look = () => ({over})(element) ? end() : setTimeout(look, 200);"
        " look(); })"
    )


if __name__ == "__main__":
    main()
