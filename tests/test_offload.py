import subprocess
import sys
import threading

import pytest

from chat.offload import in_a_real_thread

UNDER_GEVENT = """
from gevent import monkey
monkey.patch_all()
import io, sys, threading, time
import django, gevent
django.setup()
from PIL import Image
from chat.images.processing import ImageRefused, prepare
from chat.offload import REAL_THREADS, in_a_real_thread

def turns_during(work):
    "How often another greenlet had its turn meanwhile."
    turns = []
    def takes_turns():
        while True:
            turns.append(1)
            time.sleep(0.001)
    other = gevent.spawn(takes_turns)
    time.sleep(0.02)
    turns.clear()
    work()
    taken = len(turns)
    other.kill()
    return taken
"""


def under_gevent(program: str) -> str:
    """Return what the program prints, run in a process of its own: patching cannot be undone."""
    done = subprocess.run([sys.executable, "-c", UNDER_GEVENT + program], capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_without_gevent_it_is_a_plain_call():
    assert in_a_real_thread(threading.get_ident) == threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        in_a_real_thread(divmod, 1, 0)


def test_the_loop_runs_on_while_a_photograph_is_prepared():
    held, let_go = under_gevent("""
photograph = io.BytesIO()
Image.effect_noise((4000, 3000), 60).convert("RGB").save(photograph, "JPEG", quality=95)
print(turns_during(lambda: prepare(photograph, name="plain call")))
print(turns_during(lambda: in_a_real_thread(prepare, photograph, name="real thread")))
""").split()

    assert int(held) == 0
    assert int(let_go) > 10  # measured: 300


def test_it_returns_raises_and_passes_arguments_on():
    printed = under_gevent("""
import traceback
print(in_a_real_thread(sorted, [3, 1, 2], reverse=True))
def divide():
    return 1 / 0
try:
    in_a_real_thread(divide)
except ZeroDivisionError as error:
    print([frame.name for frame in traceback.extract_tb(error.__traceback__)][-1])
try:
    in_a_real_thread(prepare, io.BytesIO(b""), name="holiday.png")
except ImageRefused as refused:
    print(refused)
""")

    assert printed.splitlines() == ["[3, 2, 1]", "divide", "“holiday.png” is empty."]


def test_what_is_said_there_is_said_in_the_language_of_who_asked():
    printed = under_gevent("""
from django.utils import translation
def asks(language):
    with translation.override(language):
        time.sleep(0.01)
        said = in_a_real_thread(lambda: translation.get_language() + translation.gettext("Monday"))
        print(language, said)
gevent.joinall([gevent.spawn(asks, language) for language in ("de", "en", "fr")], raise_error=True)
""")

    assert sorted(printed.splitlines()) == ["de deMontag", "en enMonday", "fr frlundi"]


def test_no_more_run_at_once_than_memory_allows_and_names_are_still_looked_up():
    asked, at_once = under_gevent("""
import socket
running, most, may_end = [], [], monkey.get_original("threading", "Event")()
def work():
    running.append(1)
    most.append(len(running))
    may_end.wait()
    running.pop()
jobs = [gevent.spawn(in_a_real_thread, work) for _ in range(6)]
while len(running) < REAL_THREADS:
    time.sleep(0.01)
socket.getaddrinfo("127.0.0.1", 80)
print(not any(job.ready() for job in jobs))
may_end.set()
gevent.joinall(jobs, raise_error=True)
print(max(most) == REAL_THREADS and len(most) == 6)
""").split()

    assert (asked, at_once) == ("True", "True")


def test_what_is_python_all_through_lets_the_loop_run_and_waits_for_no_image():
    held, let_go, let_go_by_all, at_once, overtakes = under_gevent("""
from chat.offload import THREADS_FOR_PYTHON, in_a_python_thread
sys.setswitchinterval(0.0005)  # as webapp/gunicorn.py does
from chat.rendering.markdown import render
table = "| a | b |\\n|---|---|\\n" + "| some *bread* | 3 |\\n" * 4_000
print(turns_during(lambda: render(table)))
print(turns_during(lambda: in_a_python_thread(render, table)))
def all_at_once():
    gevent.joinall([gevent.spawn(in_a_python_thread, render, table) for _ in range(THREADS_FOR_PYTHON)])
print(turns_during(all_at_once))
running, most = [], []
all_run = monkey.get_original("threading", "Barrier")(THREADS_FOR_PYTHON)
def work():
    running.append(1)
    most.append(len(running))
    all_run.wait()
    running.pop()
gevent.joinall([gevent.spawn(in_a_python_thread, work) for _ in range(9)], raise_error=True)
print(max(most) == THREADS_FOR_PYTHON)
are_done = monkey.get_original("threading", "Event")()
images = [gevent.spawn(in_a_real_thread, are_done.wait) for _ in range(REAL_THREADS)]
time.sleep(0.05)
in_a_python_thread(len, "")
print(not any(each.ready() for each in images))
are_done.set()
gevent.joinall(images, raise_error=True)
""").split()

    assert int(held) == 0
    assert int(let_go) > 10  # measured: 180
    assert int(let_go_by_all) > 10  # measured: 130
    assert (at_once, overtakes) == ("True", "True")


def test_a_greenlet_that_gives_up_leaves_the_pool_usable():
    printed = under_gevent("""
real_sleep = monkey.get_original("time", "sleep")
for _ in range(2 * REAL_THREADS):
    with gevent.Timeout(0.01, False):
        in_a_real_thread(real_sleep, 0.05)
print(in_a_real_thread(lambda: "usable"))
""")

    assert printed == "usable\n"


def test_nobody_waits_behind_all_that_another_person_sends():
    """Alice has five jobs, each waits for Bob's one, which came last: it would wait for ever behind them."""
    printed = under_gevent("""
from chat.offload import in_a_python_thread, person
from gevent.monkey import get_original
bobs = get_original("threading", "Event")()

def does(whose, job):
    person.set(whose)
    in_a_python_thread(job)

alices = [gevent.spawn(does, "alice", bobs.wait) for _ in range(5)]
time.sleep(0.05)
bob = gevent.spawn(does, "bob", bobs.set)
gevent.joinall([bob, *alices], timeout=60)
print(all(job.ready() for job in [bob, *alices]))
""")

    assert printed == "True\n"


def test_whoever_is_done_leaves_nothing_behind():
    printed = under_gevent("""
from chat import offload
offload.person.set("alice")
jobs = [gevent.spawn(offload.in_a_python_thread, time.perf_counter) for _ in range(5)]
gevent.joinall(jobs, timeout=60)
print(offload._turns)
""")

    assert printed == "{}\n"
