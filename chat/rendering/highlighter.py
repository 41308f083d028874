"""The colours of code, made by a process that can be killed (highlighter_process.py): only who asks waits for it.

There is one for each process of the site, begun with the first code and again after it has ended. Any thread or
greenlet may ask. A text that was too slow once is not tried again.
"""

import logging
import socket
import sys
from collections import deque
from pathlib import Path

from chat.helper_process import SECONDS_TO_WAIT, Gone, HelperProcess, Helpers, environment_of

from .highlighter_process import BEGUN, COLOURED, PLAIN, TOO_SLOW

logger = logging.getLogger(__name__)

PROGRAM = Path(__file__).with_name("highlighter_process.py")
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH")  # and none of the site's secrets
SECONDS_FOR_ONE = 10.0  # by the clock on the wall; its own clock, of CPU time, gives it a fraction

_too_slow: deque[int] = deque(maxlen=1000)


def _begin() -> HelperProcess:
    return HelperProcess([sys.executable, "-I", str(PROGRAM)], environment_of(*ENVIRONMENT))


_helpers = Helpers(_begin)
end = _helpers.end


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
        return _helpers.ask(lambda helper: _answer_of(helper, request))
    except Gone:
        return PLAIN
    except OSError:  # no memory, no descriptors
        logger.exception("Code could not be highlighted")
        return PLAIN


def _answer_of(helper: HelperProcess, request: bytes) -> bytes:
    """What highlighter_process.py answers, TOO_SLOW when it had to be killed. Raises Gone."""
    with helper.connection() as ours:
        try:
            ours.settimeout(SECONDS_TO_WAIT)
            ours.sendall(request)
            ours.shutdown(socket.SHUT_WR)
            has_begun = ours.recv(len(BEGUN)) == BEGUN
        except OSError:
            has_begun = False
        if not has_begun:
            raise Gone
        return _rest(ours, helper)


def _rest(ours: socket.socket, helper: HelperProcess) -> bytes:
    ours.settimeout(SECONDS_FOR_ONE)
    parts: list[bytes] = []
    try:
        while part := ours.recv(1 << 16):
            parts.append(part)
    except OSError:
        helper.kill()
        return TOO_SLOW
    return b"".join(parts) or TOO_SLOW
