"""The same code on threads: nothing in it depends on greenlets."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.bench.rendering import SHAPES
from tests.browser import image_files
from tests.site import Site
from tests.standin import StandIn
from tests.standin.wire import DONE, Wire

ON_THREADS = {"GUNICORN_CMD_ARGS": "--worker-class gthread --threads 12"}
ENDED = b"event: done\ndata: %s\n\n"
wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("threads")


@pytest.fixture(scope="module")
def one_site(folder: Path, one_standin: StandIn) -> Iterator[Site]:
    with Site(folder, openrouter_url=one_standin.url, **ON_THREADS) as site:
        yield site


def test_the_site_runs_on_threads(site):
    assert "Using worker: gthread" in site.log()
    (worker,) = psutil.Process(site.pid).children()
    assert worker.num_threads() > 1


def test_two_readers_get_the_same_answer_as_it_is_written(alice, one_standin):
    rest = threading.Event()
    one_standin.answers_raw([wire.text("One "), rest, wire.text("two"), wire.finish("stop"), DONE])
    path = alice.sends("Count, please.")
    both_have_the_first = threading.Barrier(2, action=rest.set)

    def reads() -> bytes:
        pieces, received = alice.reads(alice.opens(path)), b""
        while b"One" not in received:
            received += next(pieces)
        both_have_the_first.wait(20)
        return received + b"".join(pieces)

    with ThreadPoolExecutor(2) as pool:
        heard = [reading.result() for reading in [pool.submit(reads) for _ in range(2)]]

    for received in heard:
        assert b"One two" in received
        assert received.endswith(ENDED % b"complete")


def test_stop_ends_a_silent_answer(alice, one_standin):
    path = alice.sends("[[mute after=3]]")
    pieces = alice.reads(alice.opens(path))
    while b"hx-target" not in next(pieces):
        pass
    alice.posts(path.partition("?")[0].replace("stream/", "cancellation/"))

    assert b"".join(pieces).endswith(ENDED % b"stopped")
    assert one_standin.wait_for(lambda: one_standin.closed_early)


def test_images_and_long_texts_work_without_an_event_loop(alice, one_standin):
    photograph = image_files.jpeg("holiday.jpg", 1600, 1200)
    one_standin.answers_raw([wire.text(SHAPES["mixed"](20_000))])
    stream = alice.asks("What is this?", files=[("images", (photograph["name"], photograph["buffer"]))])

    assert b"".join(alice.reads(stream)).count(b"<table") > 5
    (asked,) = one_standin.chat_requests
    assert asked.body["messages"][0]["content"][1]["image_url"]["url"].startswith("data:image/jpeg;base64,")


def test_a_locked_database_is_waited_for(bob, folder):
    database = sqlite3.connect(folder / "data" / "potluck.sqlite3", isolation_level=None)
    sent: list[str] = []
    sending = threading.Thread(target=lambda: sent.append(bob.sends("[[say Hello.]]")))
    database.execute("BEGIN IMMEDIATE")
    sending.start()
    time.sleep(0.5)
    assert not sent
    database.execute("ROLLBACK")
    database.close()
    sending.join()

    assert b"Hello." in b"".join(bob.reads(bob.opens(sent[0])))
