"""Long work in small steps, on the loop that all streams of a gevent worker share."""

import time
from collections.abc import Generator, Iterable
from typing import TypeVar

T = TypeVar("T")

SHORTEST_REST_SECONDS, LONGEST_REST_SECONDS = 0.003, 0.1


def throttled(steps: Iterable[T]) -> Generator[T]:
    """Yield what `steps` does, and rest as long as it works: steps that wait for nothing leave others no turn.

    One turn for them after each step is not enough. What they do takes several, with a step in between each.
    """
    iterator, worked, end = iter(steps), 0.0, object()
    while True:
        began = time.monotonic()
        step = next(iterator, end)
        worked += time.monotonic() - began
        if step is end:
            return
        yield step  # type: ignore[misc]  # mypy does not see that it is not `end`
        rest = min(worked, LONGEST_REST_SECONDS) if worked > SHORTEST_REST_SECONDS else 0
        worked = 0.0 if rest else worked
        time.sleep(rest)
