"""Work that runs beside requests, in threads (greenlets under gevent). Nothing of it outlives its process."""

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
    """The same after some seconds, unless the timer that is returned is cancelled."""
    timer = threading.Timer(seconds, _run, [name, work])
    timer.name, timer.daemon = name, True
    timer.start()
    return timer


def wait(seconds: float) -> None:
    """Sleep in the middle of some work without holding a database connection."""
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
    """Calls `work` again and again in a thread of its own, and ends by itself when there is nothing more to do.

    `work` says whether there will be: when it returns False, and nobody called `ensure_running` meanwhile, the thread
    ends. What it raises goes to the log, and the next round tries again.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], bool],
        seconds: Callable[[], float],
        first: Callable[[], object] | None = None,
    ) -> None:
        """`seconds` pass before each round. With `first`, done whenever the thread starts, a round follows at once."""
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
        while self._goes_on():
            self._stopping.wait(self._seconds())

    def _goes_on(self) -> bool:
        with self._lock:
            self._is_wanted = False
        is_more_to_do = self._try(self._work)
        with self._lock:
            self._is_running = not self._stopping.is_set() and (is_more_to_do or self._is_wanted)
            goes_on = self._is_running
        if not goes_on or self._seconds() >= 1:
            connection.close()
        return goes_on

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
