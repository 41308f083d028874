"""The product itself in a process of its own, as `make run` starts it: gunicorn, collected files, SQLite."""

import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Self

import requests

from tests.settings import SITE_VARIABLES
from webapp import cookies
from webapp.environment import BASE_DIR

START_SECONDS = 150.0  # of a machine that has other things to do as well
STOP_SECONDS = 60.0
COLLECTED = BASE_DIR / "build" / "static" / "staticfiles.json"
MIGRATED = BASE_DIR / "build" / "migrated"


class Site:
    """`with Site(folder, openrouter_url=...) as site:` serves at `site.url` until the end of the block.

    Further settings are given by their names in the environment: `DATABASE_URL="postgres://..."`.
    """

    command: tuple[str, ...] = (sys.executable, "-m", "webapp")
    migrates = False  # whether it makes its tables itself, which takes a third of its start; SQLite only

    def __init__(self, folder: Path, *, openrouter_url: str, host: str = "localhost", **settings: str) -> None:
        self._folder = folder
        self._settings = settings
        self.port = free_port()
        self._openrouter_url = openrouter_url
        self._log = folder / "site.log"
        self.url = f"http://{host}:{self.port}"

    def __enter__(self) -> Self:
        collect_static_files()
        if not (self.migrates or self.environment["DATABASE_URL"]):
            put_database(Path(self.environment["DATA_DIR"]) / "potluck.sqlite3")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self.command, cwd=BASE_DIR, env=self.environment, stdout=log, stderr=log)
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError("SIGTERM did not end the site:\n" + self.log()) from None

    def cookie(self, name: str) -> str:
        """The full name of a cookie: `session`, `csrf`, `theme` or `zone`."""
        return f"{cookies.prefix(self.url)}{name}"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log_length(self) -> int:
        return self._log.stat().st_size

    def log(self, after: int = 0) -> str:
        """The log of the site, from byte `after` on."""
        return self._log.read_bytes()[after:].decode(errors="replace")

    @property
    def environment(self) -> dict[str, str]:
        # Empty means unset, and keeps a developer's own .env out.
        unset = dict.fromkeys(SITE_VARIABLES, "")
        return {
            **unset,
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(self._folder / "data"),
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "OPENROUTER_URL": self._openrouter_url,
            "GRACE_SECONDS": "1",
            "WEB_CONCURRENCY": "1",
            **self._settings,
        }

    def _wait_until_ready(self) -> None:
        give_up_at = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None, "The site did not start:\n" + self.log()
            assert time.monotonic() < give_up_at, "The site is not ready:\n" + self.log()
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).ok
        except requests.RequestException:
            return False


class ImpatientSite(Site):
    """The site with short clocks (tests/short_clocks.py), for what takes a minute and more in earnest."""

    command = (sys.executable, "-m", "tests.short_clocks")


class SlowSite(Site):
    """The site as over a slow connection (tests/slow_connection.py)."""

    command = (sys.executable, "-m", "gunicorn", "--config", "webapp/gunicorn.py", "tests.slow_connection")


def collect_static_files() -> None:
    """Collect the static files; `make` has done that already unless pytest was called by hand on a fresh checkout."""
    COLLECTED.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time("static"):
        if not COLLECTED.exists():
            manage("collectstatic", "--no-input", "--verbosity", "0")


def put_database(place: Path) -> None:
    """A database without rows, as this code's migrations make it, unless there is one."""
    if place.exists():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.touch(mode=0o600)
    place.write_bytes(migrated().read_bytes())


@cache
def migrated() -> Path:
    """A migrated database, made once for each state of the code."""
    code = hashlib.sha256()
    for file in sorted([*(BASE_DIR / "chat").rglob("*.py"), *(BASE_DIR / "webapp").rglob("*.py")]):
        code.update(file.read_bytes())
    MIGRATED.mkdir(parents=True, exist_ok=True)
    made = MIGRATED / f"{code.hexdigest()[:16]}.sqlite3"
    with one_at_a_time("migrated"):
        if not made.exists():
            for old in MIGRATED.iterdir():
                old.unlink()
            with tempfile.TemporaryDirectory(dir=MIGRATED.parent) as folder:
                manage("migrate", "--verbosity", "0", DATA_DIR=folder, DATABASE_URL="")
                (Path(folder) / "potluck.sqlite3").rename(made)
    return made


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Run the block in one of the processes that test, while the others wait."""
    with (BASE_DIR / "build" / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def manage(*command: str, **settings: str) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "webapp.settings", **settings}
    subprocess.run([sys.executable, "manage.py", *command], cwd=BASE_DIR, env=environment, check=True)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Return when somebody listens there."""
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < give_up_at, f"nobody listens on port {port}"
            time.sleep(0.02)
