"""However streams end, they leave nothing in the process or in the database."""

import signal
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from tests.survival.browser_tab import Person, Tab

pytestmark = pytest.mark.timeout(400)

ROUNDS = 7
# A gevent worker's threads are greenlets, which only the process itself can count. On this signal it does.
COUNTING = signal.SIGRTMIN
SITECUSTOMIZE = f"""
import gc, os, signal, threading
def count(*_):
    import greenlet
    alive = [each for each in gc.get_objects() if issubclass(type(each), greenlet.greenlet) and each and not each.dead]
    with open(os.environ["COUNTED"] + ".new", "w") as file:
        file.write(f"{{os.getpid()}} {{len(alive)}}")
    os.replace(os.environ["COUNTED"] + ".new", os.environ["COUNTED"])
signal.signal({int(COUNTING)}, count)
"""


def ends(tab: Tab) -> None:
    tab.reads_to_the_end()


def leaves(tab: Tab) -> None:
    tab.looks_in()


def stops(tab: Tab) -> None:
    tab.looks_in()
    tab.stops()


KINDS = [
    ("[[say Hello]]", ends),
    ("[[error 402 credits]]", ends),
    ("[[tokens n=20]] [[cut]]", ends),
    ("[[tokens n=20 rate=50]]", leaves),
    ("[[silence]]", stops),
    ("[[tokens n=20]] [[mute after=5]]", stops),
]


def test_many_streams_leave_nothing_behind(opens, openrouter, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(SITECUSTOMIZE)
    counted = tmp_path / "counted"
    openrouter.settings.generation_seconds = 0  # nor does the question for the cost
    site = opens(PYTHONPATH=str(tmp_path), COUNTED=str(counted))
    (worker,) = site.workers()
    person = Person(site, openrouter)

    def held() -> dict[str, int]:
        return {
            "greenlets": greenlets(worker, counted, openrouter),
            "threads": worker.num_threads(),
            "files": worker.num_fds(),
            "connections": len(worker.net_connections()),
        }

    def streams() -> None:
        tabs = [(person.begins(marks), leave) for marks, leave in KINDS]
        for tab, leave in tabs:
            leave(tab)
        openrouter.wait_for(lambda: all(is_over(tab) for tab, _ in tabs))

    streams()  # opens what is kept: connections to OpenRouter, for one
    before = held()
    for _ in range(ROUNDS):
        streams()

    def grown() -> list[str]:
        """By one for each round or more; the pools of connections may differ by a few."""
        return [name for name, count in held().items() if count - before[name] >= ROUNDS]

    with suppress(AssertionError):
        openrouter.wait_for(lambda: not grown(), seconds=45)
    assert grown() == [], (before, held())
    with closing(sqlite3.connect(tmp_path / "data" / "potluck.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM chat_piece").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM chat_reply").fetchone() == (len(KINDS) * (ROUNDS + 1),)
        running = "SELECT count(*) FROM chat_reply WHERE state IN ('waiting', 'streaming')"
        assert database.execute(running).fetchone() == (0,)


def is_over(tab: Tab) -> bool:
    return tab.state() not in ("waiting", "streaming")


def greenlets(worker: psutil.Process, counted: Path, openrouter) -> int:
    counted.unlink(missing_ok=True)
    worker.send_signal(COUNTING)
    openrouter.wait_for(counted.exists)
    pid, count = map(int, counted.read_text().split())
    assert pid == worker.pid
    return count
