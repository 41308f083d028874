"""Measures replies in this process, which tests/bench/replies.py starts in the environment of a site."""

from webapp.wsgi import application  # sets Django up, which has to come first

# isort: split

import cProfile
import gzip
import io
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import ResolverMatch
from django.utils import timezone

from chat.models import CatalogueSnapshot, Reply
from chat.replies import live
from tests.bench.prepare import sign_in
from tests.recorded_statements import recorded_statements

PEOPLE, ROUNDS = 40, 7
MODELS = 300  # in the list
BARE_STATEMENTS = 20
CSRF = "c" * 32
QUESTION = "How long does bread bake? [[n=1 first=0]]"
ARTICLE = re.compile(r'<article id="([^"]+)"')
VERSION = re.compile(r'data-version="(\w+)"')
STREAM = re.compile(r'hx-sse:connect="([^"]+)"')


@dataclass
class Page:
    """A page of one chat, as far as its requests depend on it."""

    cookie: str
    chat: str = ""  # its path
    shown: str = ""  # as static/js/composer/pending-message.js says it
    stream: str = ""
    answer: str = ""  # the id of its article

    def send(self) -> None:
        fields = {"text": QUESTION, "id": str(uuid4()), "model": "maker-1/model-1", "shown": self.shown}
        headers, html = call("POST", f"{self.chat}messages/" if self.chat else "/chats/", self.cookie, fields)
        self.chat = self.chat or headers["HX-Push-Url"]
        question, self.answer = ARTICLE.findall(html)
        self.stream = STREAM.findall(html)[0]
        self.shown += f"_{question}.{VERSION.findall(html)[0]}"

    def read(self) -> None:
        _, events = call("GET", self.stream, self.cookie)
        assert events.endswith("event: done\ndata: complete\n\n"), events
        self.shown += f"_{self.answer}.{VERSION.findall(events)[-1]}"


def call(
    method: str, address: str, cookie: str, fields: dict[str, str] | None = None, *, to: Any = application
) -> tuple[dict[str, str], str]:
    """Headers and body of the response to a request as htmx sends it."""
    body = urlencode(fields or {}).encode()
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": address.partition("?")[0],
        "QUERY_STRING": address.partition("?")[2],
        "SERVER_NAME": "localhost",
        "SERVER_PORT": settings.PUBLIC_HOST.rpartition(":")[2],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": settings.PUBLIC_HOST,
        "HTTP_COOKIE": f"{cookie}; {settings.CSRF_COOKIE_NAME}={CSRF}",
        "HTTP_HX_REQUEST": "true",
        "HTTP_X_CSRFTOKEN": CSRF,
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
        "HTTP_ACCEPT_LANGUAGE": "en-US,en;q=0.5",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }
    headers: dict[str, str] = {}
    response = to(environ, lambda status, given: headers.update(given, status=status))
    content = b"".join(response)
    response.close()
    assert headers["status"].startswith("200"), (headers["status"], content)
    return headers, (gzip.decompress(content) if headers.get("Content-Encoding") == "gzip" else content).decode()


# --- The reference ---------------------------------------------------------------------------------


def bare_view(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        for _ in range(BARE_STATEMENTS):
            cursor.execute("SELECT id, state FROM chat_reply WHERE id = %s", ["x"])
            cursor.fetchall()
    return HttpResponse("ok")


class BareHandler(WSGIHandler):
    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        return ResolverMatch(bare_view, (), {})


# --- Measuring -------------------------------------------------------------------------------------


def send_all(pages: list[Page]) -> None:
    for page in pages:
        page.send()


def read_all(pages: list[Page]) -> None:
    """Read all streams at the same time, until their replies have ended."""
    threads = [threading.Thread(target=page.read) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while live.running():
        time.sleep(0.01)


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU milliseconds per reply."""
    begin = time.process_time()
    work()
    return (time.process_time() - begin) * 1000 / PEOPLE


def statements_of(page: Page) -> tuple[int, int]:
    with recorded_statements() as statements:
        page.send()
        sending = len(statements.take())
        read_all([page])
        return sending, len(statements)


def prepare() -> list[Page]:
    call_command("migrate", verbosity=0)
    items = [_model(number) for number in range(1, MODELS)]
    CatalogueSnapshot.objects.create(pk=CatalogueSnapshot.ONLY, items=items, fetched_at=timezone.now())
    return [Page(sign_in(f"user_{number}")[1]) for number in range(PEOPLE)]


def _model(number: int) -> dict[str, Any]:
    return {
        "id": f"maker-{number % 40}/model-{number}",
        "name": f"Maker {number % 40}: Model {number}",
        "created": 1_700_000_000 + number,
        "context_length": 100_000,
        "pricing": {"prompt": f"0.00000{number:03}", "completion": f"0.00001{number:03}"},
        "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    }


def main() -> None:
    pages = prepare()
    for _ in range(2):
        send_all(pages)
        read_all(pages)
    if file := os.environ.get("BENCH_PROFILE"):
        profile(pages, file)
    else:
        measure(pages)


def measure(pages: list[Page]) -> None:
    """Print the least of all rounds: what else runs on a machine only adds, also to the CPU that a process uses."""
    first = statements_of(Page(pages[0].cookie))
    later = statements_of(pages[0])
    sending, ending, bare = [], [], []
    with override_settings(MIDDLEWARE=[]):
        bare_application = BareHandler()
    for _ in range(ROUNDS):
        sending.append(cpu_ms(lambda: send_all(pages)))
        ending.append(cpu_ms(lambda: read_all(pages)))
        bare.append(cpu_ms(lambda: [call("GET", "/", "", to=bare_application) for _ in pages]))
    assert not Reply.objects.exclude(state=Reply.State.COMPLETE).exists()
    both = [one + other for one, other in zip(sending, ending, strict=True)]
    print(f"{'':24}statements  of a new chat   CPU ms   x bare view")
    for name, few, many, times in [
        ("question", later[0], first[0], sending),
        ("claim, stream and end", later[1], first[1], ending),
        ("together", sum(later), sum(first), both),
        ("bare view", BARE_STATEMENTS, BARE_STATEMENTS, bare),
    ]:
        print(f"{name:24}{few:10}{many:15}{min(times):9.2f}{min(times) / min(bare):14.1f}")
    print(f"at most {1000 / min(both):.0f} new replies a second in one process")


def profile(pages: list[Page], file: str) -> None:
    """Write cProfile's figures of both parts to files that begin with this name."""
    for part, profiled in (("question", send_all), ("end", read_all)):
        profiler = cProfile.Profile()
        for _ in range(3):
            for work in (send_all, read_all):
                with profiler if work is profiled else nullcontext():
                    work(pages)
        profiler.dump_stats(f"{file}.{part}")
    print(f"{3 * PEOPLE} replies profiled")


if __name__ == "__main__":
    main()
