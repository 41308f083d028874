"""How late one person's tokens come while another keeps the site busy: `python -m tests.bench.hub`.

The worst and the median lag of a stream of 20 tokens a second, in milliseconds, and how many seconds the other's
business took. A token waits up to 90 ms for the next frame, also when nothing else happens.
"""

import io
import json
import os
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import pillow_heif
from PIL import Image

from tests.bench.rendering import SHAPES
from tests.http_client import Files, Visitor
from tests.site import Site
from tests.standin import StandIn
from tests.standin.wire import Wire
from webapp.environment import BASE_DIR

TOKENS = "[[tokens n=4000 rate=20 stamp=1]]"
CHARS = 200_000
LOCK_SECONDS = 3.0
STAMP = re.compile(rb"(\d+)@(\d+\.\d{6})")
wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


class Bystander:
    """`with Bystander(visitor, site):` reads a stream meanwhile, in a process of its own."""

    def __init__(self, visitor: Visitor, site: Site) -> None:
        self._visitor, self._site = visitor, site
        self.lags_ms: list[float] = []

    def __enter__(self) -> Self:
        path = self._visitor.sends(TOKENS)
        self._cancel = path.partition("?")[0].replace("stream/", "cancellation/")
        port = urlsplit(self._site.url).port
        request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {self._visitor.cookies}\r\n\r\n"
        command = [sys.executable, "-m", "tests.bench.hub", "read", str(port), request]
        self._reader = subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE)
        time.sleep(1.5)
        return self

    def __exit__(self, *exception: object) -> None:
        time.sleep(0.3)
        self._visitor.posts(self._cancel)
        out, _ = self._reader.communicate(timeout=30)
        self.lags_ms = json.loads(out)


def read_lags_ms(port: int, request: str) -> list[float]:
    """How late each stamped token of a stream came, first in whatever event it stood."""
    lags_ms: list[float] = []
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(request.encode())
        received = b""
        while b"event: done" not in received and (content := line.recv(65536)):
            now, received = time.time(), received[-64:] + content
            stamps = [(int(number), float(sent_at)) for number, sent_at in STAMP.findall(received)]
            lags_ms += [(now - sent_at) * 1000 for number, sent_at in stamps if number > len(lags_ms)]
    return lags_ms


def photograph(kind: str = "JPEG", *, grain: int = 60) -> bytes:
    """12 megapixels, some 3 MB."""
    content = io.BytesIO()
    noise = Image.effect_noise((1000, 750), grain).convert("RGB")
    noise.resize((4000, 3000)).save(content, kind, quality=90)
    return content.getvalue()


def files(*contents: bytes, suffix: str = "jpg") -> Files:
    return [("images", (f"{number}.{suffix}", content)) for number, content in enumerate(contents)]


class Stage(NamedTuple):
    site: Site
    standin: StandIn
    other: Visitor
    folder: Path


Work = Callable[[Stage], object]


def nothing(stage: Stage) -> None:
    time.sleep(2)


def upload(*contents: bytes, suffix: str = "jpg") -> Work:
    def work(stage: Stage) -> None:
        read(stage.other, "[[say Nice.]]", files(*contents, suffix=suffix))

    return work


def read(visitor: Visitor, question: str, images: Files = ()) -> None:
    """Ask, and read the answer to its end."""
    assert b"event: done" in b"".join(visitor.reads(visitor.asks(question, files=images)))


def burst(shape: str) -> Work:
    def work(stage: Stage) -> None:
        text = SHAPES[shape](CHARS)
        stage.standin.answers_raw([wire.text(text)])
        read(stage.other, "Tell me.")

    return work


def open_chat(stage: Stage) -> None:
    """The longest of the answers before."""
    chats = set(re.findall(r"/chats/[0-9a-f-]{36}/", stage.other.looks_at("/").text))
    chat = max(chats, key=lambda path: len(stage.other.looks_at(path).text))
    for _ in range(5):
        stage.other.looks_at(chat)


def sign_in(stage: Stage) -> None:
    for _ in range(5):
        Visitor(stage.site, stage.standin, "bob")


def static_files(stage: Stage) -> None:
    page = stage.other.looks_at("/").text
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        stage.other.looks_at(path)


def locked(stage: Stage) -> None:
    """Another process writes for three seconds; somebody sends a message meanwhile."""
    database = sqlite3.connect(stage.folder / "data" / "potluck.sqlite3", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    sending = threading.Thread(target=read, args=[stage.other, "[[say Hello.]]"])
    sending.start()
    time.sleep(LOCK_SECONDS)
    database.rollback()
    sending.join()


@contextmanager
def stage() -> Iterator[Stage]:
    database = {"DATABASE_URL": os.environ.get("BENCH_DATABASE_URL", "")}
    with (
        StandIn() as standin,
        tempfile.TemporaryDirectory(prefix="potluck-bench-") as folder,
        Site(Path(folder), openrouter_url=standin.url, **database) as site,
    ):
        yield Stage(site, standin, Visitor(site, standin, "bob"), Path(folder))


def main() -> None:
    pillow_heif.register_heif_opener()
    photo, heic = photograph(), photograph("HEIF")
    eight = [photograph(grain=60 + number) for number in range(8)]
    works: dict[str, Work] = {
        "nothing": nothing,
        f"12 MP JPEG ({len(photo) // 1000} KB)": upload(photo),
        f"12 MP HEIC ({len(heic) // 1000} KB)": upload(heic, suffix="heic"),
        "8 JPEG of 12 MP": upload(*eight),
        **{f"burst: {shape}": burst(shape) for shape in SHAPES},
        "open a 200 KB chat, 5x": open_chat,
        "sign in, 5x": sign_in,
        "static files": static_files,
        **({} if os.environ.get("BENCH_DATABASE_URL") else {"locked SQLite, 3 s": locked}),
    }
    with stage() as scene:
        alice = Visitor(scene.site, scene.standin)
        print(f"{'':28}{'worst':>8}{'median':>8}{'took':>8}")
        for name, work in works.items():
            with Bystander(alice, scene.site) as bystander:
                began = time.monotonic()
                work(scene)
                took = time.monotonic() - began
            lags = bystander.lags_ms
            print(f"{name:28}{max(lags[10:]):8.0f}{statistics.median(lags):8.0f}{took:8.2f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        print(json.dumps(read_lags_ms(int(sys.argv[2]), sys.argv[3])))
    else:
        main()
