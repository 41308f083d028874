"""From Enter to the first token on the screen, in a real Chromium, in a new chat and in one that has messages.

The upstream answers at once, or after 200 ms as models at their fastest do; that time is taken off. Milliseconds since
Enter, medians: until the POST leaves the page, until OpenRouter has the request, until the page has the beginning of
the response, and until the token is in the page and painted. The reference is a fetch of "/healthz" by the same page,
taking turns: what any round trip costs on this machine.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.bench.text import UNITS_PER_SECOND, WRAP_SECONDS
from tests.browser.chromium import executable
from tests.browser.conftest import ARGUMENTS
from tests.site import Site, free_port, wait_for_port
from webapp.environment import BASE_DIR

ROUNDS = 25
DELAYS_SECONDS = (0.0, 0.2)
STEPS = ("post leaves", "openrouter", "answered", "in the page", "painted")

# Notes when Enter was pressed, and when the first stamp of an answer was in the page and on the screen (Unix time, ms).
WATCH = r"""() => {
  const now = () => performance.timeOrigin + performance.now();
  const stamp = /\b1@(\d{7})(?!\d)/;
  addEventListener("keydown", ({ key }) => {
    if (key !== "Enter") return;
    performance.clearResourceTimings();
    const seen = (window.seen = { enter: now() });
    const answers = document.querySelector("#log").getElementsByClassName("prose");
    const before = answers.length;
    const watcher = new MutationObserver(() => {
      const found = [...answers].slice(before).map((one) => one.textContent).join("").match(stamp);
      if (!found) return;
      watcher.disconnect();
      Object.assign(seen, { inPage: now(), stamp: Number(found[1]) });
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel(); // after the frame
        port2.onmessage = () => (seen.painted = now());
        port1.postMessage(0);
      });
    });
    watcher.observe(document.querySelector("#log"), { childList: true, subtree: true, characterData: true });
  }, { capture: true });
}"""

READ = """() => {
  const absolute = (one, name) => one && one[name] && performance.timeOrigin + one[name];
  const entries = performance.getEntriesByType("resource");
  const post = entries.find(({ name }) => /messages\\/$|chats\\/$/.test(name));
  return { ...window.seen, posted: absolute(post, "requestStart"), answered: absolute(post, "responseStart") };
}"""

HAS_ENDED = "() => window.seen.painted && document.querySelector('#log').lastElementChild.dataset.state === 'complete'"
ROUND_TRIP = """async () => {
  const begin = performance.now();
  await (await fetch("/healthz", { cache: "no-store" })).text();
  return performance.now() - begin;
}"""


def main() -> None:
    with ExitStack() as stack:
        site = stack.enter_context(_site())
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        page = _signed_in(browser, site).new_page()
        page.add_init_script(f"({WATCH})()")
        _asks(page, 0.0, is_new=True)
        found: dict[tuple[bool, float], list[dict[str, float]]] = {}
        round_trips = []
        for _ in range(ROUNDS):
            for delay in DELAYS_SECONDS:
                for is_new in (True, False):
                    found.setdefault((is_new, delay), []).append(_asks(page, delay, is_new=is_new))
                    round_trips.append(page.evaluate(ROUND_TRIP))
        print(f"a fetch of /healthz: {median(round_trips):.1f} ms")
        for (is_new, delay), times in found.items():
            _print(
                f"{'a new chat' if is_new else 'a chat'}, {1000 * delay:.0f} ms upstream", times, median(round_trips)
            )


def _print(name: str, times: list[dict[str, float]], round_trip_ms: float) -> None:
    steps = ", ".join(f"{step} {median(each[step] for each in times):.0f}" for step in STEPS)
    total = median(each["painted"] for each in times)
    print(f"{name + ':':32} {steps}; {total / round_trip_ms:.1f} round trips", flush=True)


def _asks(page: Page, delay: float, *, is_new: bool) -> dict[str, float]:
    """Ask for three tokens; how many milliseconds after Enter each of STEPS was. The upstream's delay is taken off."""
    if is_new:
        page.goto("/", wait_until="networkidle")
    page.get_by_role("textbox", name="Message").fill(f"[[n=3 rate=20 first={delay}]]")
    page.wait_for_timeout(700)  # the draft has been saved, as when somebody has typed
    page.keyboard.press("Enter")
    page.wait_for_function(HAS_ENDED, polling=100)
    seen: dict[str, Any] = page.evaluate(READ)
    sent = _time_of(seen["stamp"], near=seen["inPage"])
    after = {
        "post leaves": seen["posted"],
        "answered": seen["answered"],
        "openrouter": sent - 1000 * delay,
        "in the page": seen["inPage"] - 1000 * delay,
        "painted": seen["painted"] - 1000 * delay,
    }
    return {step: (at or float("nan")) - seen["enter"] for step, at in after.items()}


def _time_of(stamp: int, *, near: float) -> float:
    """The time of a stamp, which wraps, in the milliseconds of the page."""
    wrap = 1000 * WRAP_SECONDS
    at = 1000 * stamp / UNITS_PER_SECOND
    return near - (near - at) % wrap


def _signed_in(browser: Browser, site: Site) -> BrowserContext:
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 800})
    command = [sys.executable, "-m", "tests.bench.prepare", "0", "-"]
    done = subprocess.run(command, env=site.environment, cwd=BASE_DIR, check=True, stdout=subprocess.PIPE)
    name, _, value = json.loads(done.stdout)["cookie"].partition("=")
    context.add_cookies([{"name": name, "value": value, "url": site.url}])
    return context


@contextmanager
def _site() -> Iterator[Site]:
    """In front of an upstream that has a process of its own, as the site has: what they do is not in the way."""
    port = free_port()
    upstream = subprocess.Popen([sys.executable, "-m", "tests.bench.upstream", "--port", str(port)], cwd=BASE_DIR)
    try:
        wait_for_port(port)
        with (
            tempfile.TemporaryDirectory(prefix="potluck-bench-") as folder,
            Site(Path(folder), openrouter_url=f"http://127.0.0.1:{port}") as site,
        ):
            time.sleep(1)
            yield site
    finally:
        upstream.terminate()
        upstream.wait(10)


if __name__ == "__main__":
    main()
