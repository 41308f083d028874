"""Does long work in small steps with pauses, so that it does not block a gevent worker's event loop."""

import time
from collections.abc import Generator, Iterable
from typing import TypeVar

T = TypeVar("T")

MIN_REST_SECONDS, MAX_REST_SECONDS = 0.003, 0.1


def throttled(steps: Iterable[T]) -> Generator[T]:
    """Yield the results of `steps`, and sleep after each for as long as it took.

    Steps that do not wait for I/O would block all other greenlets. Letting each of them run once after a step is not
    enough: a request needs several turns, and would wait for a step before each.
    """
    iterator, worked, end = iter(steps), 0.0, object()
    while True:
        began = time.monotonic()
        step = next(iterator, end)
        worked += time.monotonic() - began
        if step is end:
            return
        yield step  # type: ignore[misc]  # mypy does not see that it is not `end`
        rest = min(worked, MAX_REST_SECONDS) if worked > MIN_REST_SECONDS else 0
        worked = 0.0 if rest else worked
        time.sleep(rest)
