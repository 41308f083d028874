"""Starts the process that talks to a server (chat/mcp/process/), waits for it, and ends it when nobody waits."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from chat.mcp.process.problems import Kind, Problem
from chat.tools.tool import Cancellation

logger = logging.getLogger(__name__)

COMMAND = [sys.executable, "-E", "-s", "-m", "chat.mcp.process"]
ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")  # and none of the site's secrets
MOST_PROCESSES = 4  # of one process of the site: 70 MB each
MOST_OF_ONE = 2  # person
PAUSE_SECONDS = 0.05
GRACE_SECONDS = 3  # for a process to start, and to say that the time was up

NEVER_CANCELLED = Cancellation(is_cancelled=lambda: False, on_cancel=lambda end: None)

_running: Counter[UUID] = Counter()  # processes, by person
_lock = threading.Lock()


class Outcome(NamedTuple):
    result: dict[str, Any]  # what the process emitted last
    oauth: dict[str, Any] | None  # what is to be stored of a sign-in, if it has changed


def run(job: dict[str, Any], *, person: UUID, cancellation: Cancellation = NEVER_CANCELLED) -> Outcome:
    """Do a job (chat/mcp/process/session.py) in at most `job["seconds"]`. Any failure is a "problem" in the result."""
    with _turn(person, cancellation, job["seconds"]) as has_begun:
        if not has_begun:
            return Outcome(_problem(Kind.STOPPED if cancellation.is_cancelled() else Kind.BUSY), None)
        output = _output_of(json.dumps(job).encode(), cancellation, job["seconds"] + GRACE_SECONDS)
    events = [json.loads(line) for line in output.splitlines() if line.endswith(b"}")]
    oauth = next((event["oauth"] for event in reversed(events) if "oauth" in event), None)
    if cancellation.is_cancelled():
        return Outcome(_problem(Kind.STOPPED), oauth)
    ends = [event for event in events if "oauth" not in event]
    return Outcome(ends[-1] if ends else _problem(Kind.BROKEN), oauth)


def raise_problem(result: dict[str, Any]) -> None:
    if "problem" in result:
        raise Problem(Kind(result["problem"]), result["detail"])


def _problem(kind: Kind) -> dict[str, Any]:
    return {"problem": kind, "detail": ""}


def _output_of(job: bytes, cancellation: Cancellation, seconds: float) -> bytes:
    """All that the process wrote, also if it had to be ended."""
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603 - a program of ours
        COMMAND, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
    ) as process:
        try:
            cancellation.on_cancel(process.kill)
            if cancellation.is_cancelled():  # before it was said what to do then
                process.kill()
            output, _ = process.communicate(job, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        except BaseException:
            process.kill()
            raise
    if process.returncode and not cancellation.is_cancelled():
        logger.warning("The process for an MCP server ended with the status %s", process.returncode)
    return output


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
