"""`python -m chat.mcp.process`: reads a job as JSON, does it, and writes a line of JSON for all that comes of it."""

import asyncio
import json
import logging
import resource
import sys
from typing import Any

from chat.mcp.process.problems import Kind
from chat.mcp.process.session import Job, work

CPU_SECONDS = 20
MAX_MEMORY_BYTES = 1 << 30


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    logging.disable()  # the package logs what servers send, and states and tokens
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
