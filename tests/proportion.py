"""Whether work takes time in proportion to what it is given, on a machine that may be busy."""

import timeit
from collections.abc import Callable
from typing import Any

TIMES, TRIES = 8, 6


def is_in_proportion(work: Callable[[Any], object], some: Any) -> bool:
    """Whether eight times as much takes far less than 64 times as long, in one of a few tries."""

    def seconds(given: Any) -> float:
        return min(timeit.repeat(lambda: work(given), number=1, repeat=3))

    return any(seconds(some * TIMES) < 3 * TIMES * seconds(some) for _ in range(TRIES))
