"""Long computations, kept off the loop that all streams of a gevent worker share."""

# gevent has no annotations.
# mypy: allow-untyped-calls

from collections.abc import Callable
from concurrent.futures import Future
from functools import cache, partial
from typing import ParamSpec, TypeVar

from django.utils.translation import get_language, override
from gevent.hub import Hub, get_hub
from gevent.monkey import is_module_patched
from gevent.threadpool import ThreadPool

P = ParamSpec("P")
T = TypeVar("T")

REAL_THREADS = 2  # at once, per process: a large picture takes some hundred megabytes while it is prepared
THREADS_FOR_PYTHON = 1  # more would only take the interpreter's lock from each other, and from the loop
THREADS_FOR_SEARCHES = 2  # of SQLite, which lets go of the lock


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
    """The same for work that is Python all through, one after the other, and not behind anybody's pictures.

    The loop gets the interpreter's lock when it asks for it, after the switch interval (webapp/gunicorn.py).
    """
    return _called(partial(function, *args, **kwargs), "python", THREADS_FOR_PYTHON)


def searching(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for a long question to a database, which `function` asks on a connection of its own, and closes."""
    return _called(partial(function, *args, **kwargs), "searches", THREADS_FOR_SEARCHES)


def is_on_a_loop() -> bool:
    """Whether anybody else waits while this computes."""
    return bool(is_module_patched("threading"))


def _called(function: Callable[[], T], kind: str, threads: int) -> T:
    if not is_on_a_loop():
        return function()
    attempt: Future[T] = _pool(get_hub(), kind, threads).apply(_attempt, (function, get_language()))
    return attempt.result()


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
    """A pool of our own for each kind: in the hub's pool, pictures would stand in the way of name lookups."""
    return ThreadPool(threads, hub)
