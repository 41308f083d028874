"""Whether work takes time in proportion to what it is given, on a machine that may be busy."""

import time
from collections.abc import Callable
from typing import Any

TIMES, TRIES = 8, 6


def is_in_proportion(work: Callable[[Any], object], some: Any) -> bool:
    """Whether eight times as much takes far less than 64 times as long, in one of a few tries.

    Measured in processor time of this thread, which does not count what others do meanwhile. What is shorter is
    measured three times a try: a disturbance there, and only there, would make the growth look smaller than it is.
    """

    def seconds(given: Any) -> float:
        begin = time.thread_time()
        work(given)
        return time.thread_time() - begin

    def grows_little() -> bool:
        least_seconds = min(seconds(some) for _ in range(3))
        return seconds(some * TIMES) < 4 * TIMES * least_seconds

    return any(grows_little() for _ in range(TRIES))
