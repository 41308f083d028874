"""A site that tests may harm: its processes can be killed, and another site can run on the same data."""

import os
import signal
from pathlib import Path

import psutil

from tests.site import Site

GONE_SECONDS = 50  # sooner than the longest grace of these tests


class KillableSite(Site):
    """Like Site; several of them may share one `data` folder."""

    def __init__(self, folder: Path, *, openrouter_url: str, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, openrouter_url=openrouter_url, **settings)
        self._is_told_to_end = False

    def __exit__(self, *exception: object) -> None:
        workers = self.workers()
        try:
            super().__exit__(*exception)
        finally:
            for worker in workers:  # a killed master leaves them behind
                if worker.is_running():
                    worker.kill()

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.pid).children() if self._process.poll() is None else []

    def terminate(self) -> None:
        """What a deployment does first. Once is enough."""
        if not self._is_told_to_end:
            self._is_told_to_end = True
            self._process.terminate()

    def kill(self, *, master: bool = True, workers: bool = True) -> list[psutil.Process]:
        """kill -9; returns the workers that there were."""
        there = self.workers()
        if master and self._process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self._process.wait()
        for worker in there if workers else []:
            worker.kill()
        return there

    def kill_master(self) -> None:
        """kill -9; the workers are left alone, in both meanings."""
        self.kill(workers=False)

    def wait_until_gone(self) -> None:
        self._process.wait(GONE_SECONDS)
