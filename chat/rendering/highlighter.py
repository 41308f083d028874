"""The colours of code, made by a process that can be killed (highlighter_process.py): only who asks waits for it.

There is one for each process of the site, begun with the first code and again after it has ended. Any thread or
greenlet may ask. A text that was too slow once is not tried again.
"""

import atexit
import logging
import os
import posix
import signal
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from .highlighter_process import BEGUN, COLOURED, CONTROL, PLAIN, TOO_SLOW

logger = logging.getLogger(__name__)

PROGRAM = Path(__file__).with_name("highlighter_process.py")
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH")  # and none of the site's secrets
SECONDS_FOR_ONE = 10.0  # by the clock on the wall; its own clock, of CPU time, gives it a fraction
SECONDS_TO_WAIT = 60.0  # for those who came before
PAUSE_SECONDS = 0.05
ATTEMPTS = 3  # somebody else's text may end the process while this one waits

_too_slow: deque[int] = deque(maxlen=1000)


class Gone(Exception):
    """The process ended before it had begun with this text."""


class Helper:
    """One process that colours code. What it was asked waits in its control socket, and is gone with it."""

    def __init__(self) -> None:
        self._is_reaped = False
        self._control, theirs = socket.socketpair()
        self._control.setblocking(False)
        with theirs:
            try:
                self._pid = _process_with(theirs.fileno())
            except OSError:
                self._control.close()
                raise

    def answer(self, request: bytes) -> bytes:
        """What highlighter_process.py answers, TOO_SLOW when it had to be killed. Raises Gone."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand_over(theirs)
            try:
                ours.settimeout(SECONDS_TO_WAIT)
                ours.sendall(request)
                ours.shutdown(socket.SHUT_WR)
                has_begun = ours.recv(len(BEGUN)) == BEGUN
            except OSError:
                has_begun = False
            if not has_begun:
                raise Gone
            return self._rest(ours)

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

    def _rest(self, ours: socket.socket) -> bytes:
        ours.settimeout(SECONDS_FOR_ONE)
        parts: list[bytes] = []
        try:
            while part := ours.recv(1 << 16):
                parts.append(part)
        except OSError:
            self.kill()
            return TOO_SLOW
        return b"".join(parts) or TOO_SLOW

    def finish(self) -> None:
        """Let the process end as soon as it has answered."""
        self._control.close()

    def kill(self) -> None:
        if not self.has_ended():  # or the number may be another's by now
            os.kill(self._pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        with suppress(ChildProcessError):  # it is not ours: this process was forked
            self._is_reaped = self._is_reaped or posix.waitpid(self._pid, os.WNOHANG) != (0, 0)
        if self._is_reaped:
            self.finish()
        return self._is_reaped


_helpers: list[Helper] = []  # the last is the one to ask; those before it have ended, or are about to


def coloured(source: str, language: str) -> str | None:
    """HTML of code with `span`s of Pygments' short classes; None when there is no lexer for it, or it takes too long.

    Waits for at most a third of a second of CPU time for 20,000 characters, and for those who came before.
    """
    request = f"{language}\n{source}".encode()
    if not language or hash(request) in _too_slow:
        return None
    answer = _answer_to(request)
    if answer == TOO_SLOW:
        _too_slow.append(hash(request))
    return answer.removeprefix(COLOURED).decode() if answer.startswith(COLOURED) else None


def _answer_to(request: bytes) -> bytes:
    try:
        for _ in range(ATTEMPTS):
            helper = _helpers[-1] if _helpers else _begun()
            try:
                return helper.answer(request)
            except Gone:
                if helper in _helpers[-1:]:
                    _begun()
    except OSError:  # no memory, no descriptors
        logger.exception("Code could not be highlighted")
    return PLAIN


def _process_with(control: int) -> int:
    # Not that of `os`: gevent's own watches the process on the loop, and fails in a thread without one.
    return posix.posix_spawn(
        sys.executable,
        [sys.executable, "-I", str(PROGRAM)],
        {name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        file_actions=[(os.POSIX_SPAWN_DUP2, control, CONTROL)],
    )


@atexit.register
def end() -> None:
    while _helpers:
        _helpers.pop().finish()


def _begun() -> Helper:
    _helpers[:] = [helper for helper in _helpers if not helper.has_ended()]
    _helpers.append(Helper())
    return _helpers[-1]
