"""Has a process talk to a server (chat/mcp/process/), waits for it, and ends it when nobody waits."""

import json
import logging
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from chat.helper_process import Gone, HelperProcess, Helpers, environment_of
from chat.mcp.process.fork_server import BEGUN
from chat.mcp.process.problems import Kind, Problem
from chat.tools.tool import Cancellation

logger = logging.getLogger(__name__)

COMMAND = [sys.executable, "-s", "-P", "-m", "chat.mcp.process"]
ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")  # and none of the site's secrets
MOST_PROCESSES = 4  # of one process of the site: 70 MB each
MOST_OF_ONE = 2  # person
PAUSE_SECONDS = 0.05
LEAST_SECONDS = 0.001  # a timeout of 0 would mean that nothing waits
START_SECONDS = 30  # for a process to begin: the first one loads the `mcp` package, which a busy machine takes long for
GRACE_SECONDS = 3  # for a process to say that the time was up

NEVER_CANCELLED = Cancellation(is_cancelled=lambda: False, on_cancel=lambda end: None)


def _begin() -> HelperProcess:
    return HelperProcess(COMMAND, {**environment_of(*ENVIRONMENT), "PYTHONPATH": str(ROOT)})


_helpers = Helpers(_begin)
_running: Counter[UUID] = Counter()  # processes, by person
_lock = threading.Lock()


class Outcome(NamedTuple):
    result: dict[str, Any]  # what the process emitted last
    oauth: dict[str, Any] | None  # what is to be stored of a sign-in, if it has changed


def run(job: dict[str, Any], *, person: UUID, cancellation: Cancellation = NEVER_CANCELLED) -> Outcome:
    """Do a job (chat/mcp/process/session.py) in at most `job["seconds"]`. Any failure is a "problem" in the result.

    The time until a process begins does not count.
    """
    with _turn(person, cancellation, job["seconds"]) as has_begun:
        if not has_begun:
            return Outcome(_problem(Kind.STOPPED if cancellation.is_cancelled() else Kind.BUSY), None)
        output = _output_of(json.dumps(job).encode(), cancellation, job["seconds"] + GRACE_SECONDS)
    outcome = _outcome([json.loads(line) for line in output.splitlines() if line.endswith(b"}")])
    return Outcome(_problem(Kind.STOPPED), outcome.oauth) if cancellation.is_cancelled() else outcome


def _outcome(events: list[dict[str, Any]]) -> Outcome:
    """Of what the process emitted. Its "status" is there when it died."""
    stored = [event["oauth"] for event in events if "oauth" in event]
    ends = [event for event in events if not {"oauth", "status"} & set(event)]
    for event in events:
        if "status" in event:
            logger.warning("The process for an MCP server ended with the status %s", event["status"])
    return Outcome(ends[-1] if ends else _problem(Kind.BROKEN), stored[-1] if stored else None)


def raise_problem(result: dict[str, Any]) -> None:
    if "problem" in result:
        raise Problem(Kind(result["problem"]), result["detail"])


def _problem(kind: Kind) -> dict[str, Any]:
    return {"problem": kind, "detail": ""}


def _output_of(job: bytes, cancellation: Cancellation, seconds: float) -> bytes:
    """All that the process wrote, also if it had to be ended."""
    begin_by = time.monotonic() + START_SECONDS
    try:
        return _helpers.ask(lambda helper: _output_from(helper, job, cancellation, begin_by, seconds))
    except Gone:
        logger.warning("The process for MCP servers does not start")
        return b""


def _output_from(
    helper: HelperProcess, job: bytes, cancellation: Cancellation, begin_by: float, seconds: float
) -> bytes:
    """Raises Gone when nothing has begun, although there was time."""
    output = bytearray()
    with helper.connection() as ours:
        cancellation.on_cancel(lambda: _hang_up(ours))
        with suppress(OSError):  # the time was up, or it was stopped
            if cancellation.is_cancelled():  # before it was said what to do then
                return b""
            _wait_until(ours, begin_by)
            ours.sendall(job)
            ours.shutdown(socket.SHUT_WR)
            output += ours.recv(len(BEGUN))
            give_up_at = time.monotonic() + seconds
            _wait_until(ours, give_up_at)
            while piece := ours.recv(1 << 16):
                output += piece
                _wait_until(ours, give_up_at)
    if not output and not cancellation.is_cancelled() and time.monotonic() < begin_by:
        raise Gone
    return bytes(output)


def _wait_until(connection: socket.socket, moment: float) -> None:
    connection.settimeout(max(moment - time.monotonic(), LEAST_SECONDS))


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def _turn(person: UUID, cancellation: Cancellation, seconds: float) -> Iterator[bool]:
    """Wait until another process may begin, for as long as it may take itself; False if it may not."""
    give_up_at = time.monotonic() + seconds
    while not (has_begun := _may_begin(person)):
        if cancellation.is_cancelled() or time.monotonic() > give_up_at:
            break
        time.sleep(PAUSE_SECONDS)
    try:
        yield has_begun
    finally:
        if has_begun:
            with _lock:
                _running[person] -= 1


def _may_begin(person: UUID) -> bool:
    with _lock:
        if _running.total() >= MOST_PROCESSES or _running[person] >= MOST_OF_ONE:
            return False
        _running[person] += 1
        return True
