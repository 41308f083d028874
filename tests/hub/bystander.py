"""Somebody who reads an answer while others keep the site busy."""

import threading
import time
from typing import Self

from tests.http_client import Visitor

PATIENCE_SECONDS = 60.0


class Bystander:
    """`with Bystander(visitor) as bystander:` reads 20 words a second; they come in frames of 90 ms."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._arrivals: list[float] = []

    def __enter__(self) -> Self:
        self._path = self._visitor.sends("[[tokens n=2000 rate=20]]")
        self._reading = threading.Thread(target=self._read, name="bystander")
        self._reading.start()
        self.waits_for(2)
        return self

    def __exit__(self, *exception: object) -> None:
        self._visitor.posts(self._path.partition("?")[0].replace("stream/", "cancellation/"))
        self._reading.join(PATIENCE_SECONDS)

    def waits_for(self, frames: int) -> None:
        """So many more of them."""
        enough, give_up_at = len(self._arrivals) + frames, time.monotonic() + PATIENCE_SECONDS
        while len(self._arrivals) < enough:
            assert time.monotonic() < give_up_at, "the bystander's stream stands still"
            time.sleep(0.01)

    def _read(self) -> None:
        for piece in self._visitor.reads(self._visitor.opens(self._path)):
            if b"hx-target" in piece:
                self._arrivals.append(time.monotonic())
