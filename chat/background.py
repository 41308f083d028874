"""Runs work in the background, in threads (greenlets under gevent) of the server process."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

logger = logging.getLogger(__name__)


def spawn(name: str, work: Callable[[], object]) -> None:
    """Run `work` in a thread called `name`. What it raises goes to the log; its database connection is closed."""
    threading.Thread(target=_run, args=[name, work], name=name, daemon=True).start()


def spawn_later(seconds: float, name: str, work: Callable[[], object]) -> threading.Timer:
    """Run `work` in a thread after some seconds; cancelling the returned timer prevents it."""
    timer = threading.Timer(seconds, _run, [name, work])
    timer.name, timer.daemon = name, True
    timer.start()
    return timer


def try_to_store(name: str, work: Callable[[], object]) -> None:
    """Run `work`, which fetches something and stores it. If the database is away, it is stored the next time."""
    try:
        work()
    except (DatabaseError, InterfaceError) as error:
        logger.info("Could not store %s: %s", name, type(error).__name__)


def wait(seconds: float) -> None:
    """Sleep during background work, without keeping a database connection open."""
    close_old_connections()
    time.sleep(seconds)


def _run(name: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:
        logger.exception("Background work failed: %s", name)
    finally:
        close_old_connections()


class Ticker:
    """Calls `work` repeatedly in a thread of its own, until there is nothing more to do.

    The thread ends when `work` returns False and `ensure_running` was not called meanwhile. Exceptions are logged, and
    the next round tries again.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], bool],
        seconds: Callable[[], float],
        first: Callable[[], object] | None = None,
    ) -> None:
        """`seconds` pass before each round. `first` is called when the thread starts, and then a round without wait."""
        self._name, self._work, self._seconds, self._first = name, work, seconds, first
        self._lock = threading.Lock()
        self._is_running = False
        self._is_wanted = False  # since the last round began
        self._stopping = threading.Event()

    @property
    def is_running(self) -> bool:
        return self._is_running

    def ensure_running(self) -> None:
        """Start the thread if there is none."""
        with self._lock:
            self._is_wanted = True
            if not self._is_running:
                self._is_running = True
                self._stopping.clear()
                threading.Thread(target=self._tick, name=self._name, daemon=True).start()

    def stop(self) -> None:
        """End after the round that runs: this process is about to end."""
        self._stopping.set()

    def _tick(self) -> None:
        if self._first:
            self._try(self._first)
        else:
            self._stopping.wait(self._seconds())
        while self._run_round():
            self._stopping.wait(self._seconds())

    def _run_round(self) -> bool:
        """Call `work` and return whether there will be another round."""
        with self._lock:
            self._is_wanted = False
        has_more_work = self._try(self._work)
        with self._lock:
            self._is_running = not self._stopping.is_set() and (has_more_work or self._is_wanted)
            continues = self._is_running
        if not continues or self._seconds() >= 1:
            connection.close()
        return continues

    def _try(self, work: Callable[[], object]) -> bool:
        try:
            return bool(work())
        except Exception as error:  # the database may be away, or a disk full
            is_foreseen = isinstance(error, DatabaseError | InterfaceError | OSError)
            logger.warning(
                "%s failed: %s. It will be tried again.", self._name, type(error).__name__, exc_info=not is_foreseen
            )
            connection.close()
            return True
