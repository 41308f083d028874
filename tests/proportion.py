"""Whether work takes time in proportion to what it is given, on a machine that may be busy."""

import time
from collections.abc import Callable
from typing import Any

TIMES, TRIES = 8, 6


def is_in_proportion(work: Callable[[Any], object], some: Any) -> bool:
    """Whether eight times as much takes far less than 64 times as long, in one of a few tries.

    Measured in processor time of this thread, which does not count what others do meanwhile.
    """

    def seconds(given: Any) -> float:
        begin = time.thread_time()
        work(given)
        return time.thread_time() - begin

    def least_seconds(given: Any) -> float:
        return min(seconds(given) for _ in range(3))

    return any(least_seconds(some * TIMES) < 4 * TIMES * least_seconds(some) for _ in range(TRIES))
