"""Processes that answer for the site, each request over a socket of its own, until they are idle or have ended.

One is begun with the first request, and again after it has ended. Any thread or greenlet may ask.
"""

import atexit
import os
import posix
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

CONTROL = 3  # the descriptor over which a process gets the sockets of those who ask
SECONDS_TO_WAIT = 60.0  # for those who came before
PAUSE_SECONDS = 0.05
ATTEMPTS = 3  # somebody else's request may end the process while this one waits

Answer = TypeVar("Answer")


class Gone(Exception):
    """The process ended before it had begun with this request."""


class HelperProcess:
    """One process. What it was asked waits in its control socket, and is gone with it."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._is_reaped, self._begun_by = False, os.getpid()
        self._control, theirs = socket.socketpair()
        self._control.setblocking(False)
        with theirs:
            try:
                # Not that of `os`: gevent's own watches the process on the loop, and fails in a thread without one.
                self._pid = posix.posix_spawn(
                    command[0],
                    command,
                    environment,
                    file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), CONTROL)],
                )
            except OSError:
                self._control.close()
                raise

    @contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """A socket whose other end the process gets. Raises Gone."""
        ours, theirs = socket.socketpair()
        os.set_blocking(theirs.fileno(), True)  # gevent's own never block, and plain reads there would find nothing yet
        with ours:
            with theirs:
                self._hand_over(theirs)
            yield ours

    def _hand_over(self, theirs: socket.socket) -> None:
        give_up_at = time.monotonic() + SECONDS_TO_WAIT
        while time.monotonic() < give_up_at:
            try:
                socket.send_fds(self._control, [b"."], [theirs.fileno()])
                return
            except BlockingIOError:  # some hundred wait already
                time.sleep(PAUSE_SECONDS)
            except OSError:
                break
        raise Gone

    def let_go(self) -> None:
        """It ends when it has answered."""
        self._control.close()

    def kill(self) -> None:
        if not self.has_ended():  # or the number may be another's by now
            with suppress(ProcessLookupError):  # the loop has just reaped it
                os.kill(self._pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        self._is_reaped = self._is_reaped or self._reap()
        if self._is_reaped:
            self.let_go()
        return self._is_reaped

    def _reap(self) -> bool:
        try:
            return posix.waitpid(self._pid, os.WNOHANG) != (0, 0)
        except ChildProcessError:  # gevent's loop reaped it, which it does after any `subprocess`; or this is a fork
            return os.getpid() == self._begun_by


class Helpers(list[HelperProcess]):
    """The last is the one to ask; those before it have ended, or are about to."""

    def __init__(self, begin: Callable[[], HelperProcess]) -> None:
        super().__init__()
        self._begin = begin
        atexit.register(self.end)

    def ask(self, question: Callable[[HelperProcess], Answer]) -> Answer:
        """What `question` returns, which raises Gone when another process is to be tried. Raises Gone and OSError."""
        for _ in range(ATTEMPTS):
            helper = self[-1] if self else self._begun()
            try:
                return question(helper)
            except Gone:
                if helper in self[-1:]:
                    self._begun()
        raise Gone

    def end(self) -> None:
        while self:
            self.pop().let_go()

    def _begun(self) -> HelperProcess:
        self[:] = [helper for helper in self if not helper.has_ended()]
        self.append(self._begin())
        return self[-1]


def environment_of(*names: str) -> dict[str, str]:
    return {name: os.environ[name] for name in names if name in os.environ}
