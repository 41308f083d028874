"""Runs long computations in operating system threads, so that they do not block a gevent worker's event loop."""

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

REAL_THREADS = 2  # per process: preparing a large image takes some hundred megabytes
THREADS_FOR_PYTHON = 3  # they share the GIL: more threads make nothing faster, but let short work overtake long work
THREADS_FOR_SEARCHES = 2  # for SQLite, which releases the GIL

# Whose work this is (a primary key; None for the site's own). Each person has at most one thread of a kind at a time,
# so that nobody has to wait for all the work of another. Greenlets that a request starts inherit it, because gevent
# copies the context.
person: ContextVar[Hashable | None] = ContextVar("person", default=None)


def in_a_real_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` in an operating system thread while other greenlets run, and return its result.

    Without gevent the caller has such a thread already, and this is a plain call. Exceptions are raised here, with
    their traceback. Translations are in the caller's language.

    It helps if the work releases the GIL, as Pillow, zlib and hashlib do. `function` must not use Django's database
    connections: they belong to threads, and nobody would close one that it opens.
    """
    return _call(partial(function, *args, **kwargs), "pictures", REAL_THREADS)


def in_a_python_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` like `in_a_real_thread`, for work in pure Python, which does not have to wait for images.

    The event loop gets the GIL back within the switch interval (webapp/gunicorn.py).
    """
    return _call(partial(function, *args, **kwargs), "python", THREADS_FOR_PYTHON)


def in_a_search_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` like `in_a_real_thread`, for a long query on a connection that it opens and closes itself."""
    return _call(partial(function, *args, **kwargs), "searches", THREADS_FOR_SEARCHES)


def is_on_a_loop() -> bool:
    """Whether this runs under gevent, so that a computation blocks other greenlets."""
    return bool(is_module_patched("threading"))


def _call(function: Callable[[], T], kind: str, threads: int) -> T:
    if not is_on_a_loop():
        return function()
    whose = person.get()
    with _take_turn(whose, kind) if whose is not None else nullcontext():
        attempt: Future[T] = _pool(get_hub(), kind, threads).apply(_try_in_language, (function, get_language()))
    return attempt.result()


class _Turn:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0


_turns: dict[tuple[Hashable, str], _Turn] = {}  # of people who have work now; used on the event loop only


@contextmanager
def _take_turn(whose: Hashable, kind: str) -> Iterator[None]:
    turn = _turns.setdefault((whose, kind), _Turn())
    turn.users += 1
    try:
        with turn.lock:
            yield
    finally:
        turn.users -= 1
        if not turn.users:
            del _turns[whose, kind]


def _try_in_language(function: Callable[[], T], language: str | None) -> Future[T]:
    """Call and return the result or exception as a future: gevent's pool would also print an exception to stderr."""
    attempt = Future[T]()
    try:
        with override(language):
            attempt.set_result(function())
    except Exception as error:
        attempt.set_exception(error)
    return attempt


@cache
def _pool(hub: Hub, kind: str, threads: int) -> ThreadPool:
    """Return the thread pool for a kind of work. In gevent's own pool, images would delay DNS lookups."""
    return ThreadPool(threads, hub)
