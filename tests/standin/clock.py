"""A clock that tests can move."""

import time


class Clock:
    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def now(self) -> float:
        """Seconds since 1970, plus what a test has added."""
        return time.time() + self.ahead_seconds
