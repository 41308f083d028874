"""Long computations, kept off the loop that all streams of a gevent worker share."""

# gevent has no annotations.
# mypy: allow-untyped-calls

import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache, partial
from typing import ParamSpec, TypeVar

from django.utils.translation import get_language, override
from gevent.hub import Hub, get_hub
from gevent.monkey import is_module_patched
from gevent.threadpool import ThreadPool

P = ParamSpec("P")
T = TypeVar("T")

REAL_THREADS = 2  # at once, per process: a large image takes some hundred megabytes while it is prepared
THREADS_FOR_PYTHON = 3  # they share the interpreter's lock: more threads let short work past long, and speed nothing up
THREADS_FOR_SEARCHES = 2  # of SQLite, which lets go of the lock

# Whose work this is (a primary key; None for the site's own): everybody has one thread of a kind at a time, so that
# nobody waits behind all that another sends. Threads that a request starts inherit it, as gevent copies the context.
person: ContextVar[Hashable | None] = ContextVar("person", default=None)


def in_a_real_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` where it does not hold up anybody else, wait for it, and return what it returns.

    Under gevent that is a thread of the operating system, while other greenlets run; without gevent the
    caller has such a thread already, and this is a plain call. What `function` raises is raised here,
    traceback and all. What it says is said in the caller's language.

    It helps where the work lets go of the interpreter's lock, as Pillow, zlib and hashlib do. `function` must
    not touch the database: connections belong to threads, and nobody would close one that it opens.
    """
    return _called(partial(function, *args, **kwargs), "pictures", REAL_THREADS)


def beside_the_loop(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for work that is Python all through, and not behind anybody's images.

    The loop gets the interpreter's lock when it asks for it, after the switch interval (webapp/gunicorn.py).
    """
    return _called(partial(function, *args, **kwargs), "python", THREADS_FOR_PYTHON)


def in_a_search_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for a long question to a database, which `function` asks on a connection of its own, and closes."""
    return _called(partial(function, *args, **kwargs), "searches", THREADS_FOR_SEARCHES)


def is_on_a_loop() -> bool:
    """Whether anybody else waits while this computes."""
    return bool(is_module_patched("threading"))


def _called(function: Callable[[], T], kind: str, threads: int) -> T:
    if not is_on_a_loop():
        return function()
    whose = person.get()
    with _turn_of(whose, kind) if whose is not None else nullcontext():
        attempt: Future[T] = _pool(get_hub(), kind, threads).apply(_attempt, (function, get_language()))
    return attempt.result()


class _Turn:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.wanted_by = 0


_turns: dict[tuple[Hashable, str], _Turn] = {}  # of those who have work just now; only the loop touches it


@contextmanager
def _turn_of(whose: Hashable, kind: str) -> Iterator[None]:
    turn = _turns.setdefault((whose, kind), _Turn())
    turn.wanted_by += 1
    try:
        with turn.lock:
            yield
    finally:
        turn.wanted_by -= 1
        if not turn.wanted_by:
            del _turns[whose, kind]


def _attempt(function: Callable[[], T], language: str | None) -> Future[T]:
    """Call, and keep what comes of it: an exception that reaches gevent's pool is also printed to stderr."""
    attempt = Future[T]()
    try:
        with override(language):
            attempt.set_result(function())
    except Exception as error:
        attempt.set_exception(error)
    return attempt


@cache
def _pool(hub: Hub, kind: str, threads: int) -> ThreadPool:
    """A pool of our own for each kind: in the hub's pool, images would stand in the way of name lookups."""
    return ThreadPool(threads, hub)
