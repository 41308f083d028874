"""`python -m chat.mcp.process`: a process for each job, which reads it as JSON from its standard input, does it, and
writes a line of JSON for all that comes of it.
"""

import asyncio
import gc
import json
import logging
import os
import resource
import signal
import socket
import sys
from typing import Any

from chat.mcp.process.fork_server import CONTROL, ForkServer
from chat.mcp.process.guarded_client import default_ssl_context
from chat.mcp.process.problems import Kind
from chat.mcp.process.session import Job, work

CPU_SECONDS = 20
MAX_MEMORY_BYTES = 1 << 30


def main() -> None:
    os.closerange(CONTROL + 1, 1 << 16)  # what was inherited by mistake, such as a port that others listen on
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the site, and its end is ours
    logging.disable()  # the package logs what servers send, and states and tokens
    silence()
    default_ssl_context()
    gc.freeze()  # so that the memory stays shared
    with socket.socket(fileno=CONTROL) as control:
        ForkServer(control, do_job).serve()


def silence() -> None:
    """Nobody reads what goes wrong from here on, and it may name what is secret."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)


def do_job() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    asyncio.run(in_time(json.load(sys.stdin)))


async def in_time(job: Job) -> None:
    try:
        async with asyncio.timeout(job["seconds"]):
            await work(job, emit)
    except TimeoutError:
        emit({"problem": Kind.TIMEOUT, "detail": ""})


def emit(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
