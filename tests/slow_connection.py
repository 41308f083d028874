"""The site as over a slow connection: answers come late, and pages in pieces. `SlowSite` in tests/site.py starts it.

`make test-slow` runs all browser tests with it. That finds what goes wrong on half a page, or when an older answer
arrives after a newer one, in the site and in the tests.
"""

import contextlib
import random
import time
from collections.abc import Iterable, Iterator
from typing import Any

from webapp import wsgi

MAX_DELAY_SECONDS = 0.4  # of any answer, those for scripts and styles too
PAUSE_SECONDS = 0.3  # between two pieces of a page


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    content_type = ""

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        nonlocal content_type
        content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
        return start_response(status, headers, *more)

    time.sleep(random.uniform(0, MAX_DELAY_SECONDS))
    body = wsgi.application(environ, start)
    return _in_pieces(body) if content_type.startswith("text/html") else body


def _in_pieces(body: Any) -> Iterator[bytes]:
    with contextlib.closing(body):
        page = b"".join(body)
    begin = 0
    for end in _cuts(page):
        yield page[begin:end]
        time.sleep(PAUSE_SECONDS)
        begin = end
    yield page[begin:]


def _cuts(page: bytes) -> list[int]:
    """In thirds, and around the messages."""
    thirds = {len(page) // 3, 2 * len(page) // 3}
    return sorted(thirds | {max(0, page.find(b"<article")), max(0, page.rfind(b"</article>"))} - {0})
