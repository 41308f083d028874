"""Finds a Chromium for the tests: an installed one, else Playwright's own, else the system's package.

A headless shell comes first: the same engine without the tabs, the toolbar and the menus of a window that nobody sees,
which cost as much time as our pages do.

`python -m tests.browser.chromium` sees to it that there is one, before the tests run; it prints nothing when there is.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

from playwright.sync_api import sync_playwright

SHELL = "chromium-headless-shell"  # as Debian calls program and package
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = (
    "The browser tests need Chromium, and it could neither be downloaded nor installed from here: install the "
    "package “chromium” or Google Chrome, or run “.venv/bin/python -m playwright install chromium” with a network."
)
PATIENCE_SECONDS = 600.0  # a download over a slow connection


def prepare() -> None:
    """Leave with one sentence when there is no Chromium and none can be had."""
    for get_one in _ways():
        if executable():
            return
        get_one()
        executable.cache_clear()
    if not executable():
        sys.exit(MISSING)


@cache
def executable() -> str | None:
    """The path of a Chromium that starts, or None."""
    return next(filter(_starts, _candidates()), None)


def _ways() -> Iterator[Callable[[], object]]:
    yield lambda: _run(sys.executable, "-m", "playwright", "install", "chromium")
    if (as_root := _as_root()) is not None:
        yield lambda: _run(*as_root, "apt-get", "update")
        for package in (SHELL, "chromium"):
            yield partial(_run, *as_root, "apt-get", "install", "--yes", "--no-install-recommends", package)
        yield lambda: _run(sys.executable, "-m", "playwright", "install", "--with-deps", "chromium")


def _as_root() -> list[str] | None:
    """What to put before a command that installs packages; None where packages are not ours to install."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    has_sudo = shutil.which("sudo") and _run("sudo", "--non-interactive", "true")
    return ["sudo", "--non-interactive"] if has_sudo else None


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    own = _playwrights_own()
    yield from map(str, own.parents[2].glob("chromium_headless_shell-*/*/*headless[-_]shell"))
    if own.exists():
        yield str(own)


@cache
def _playwrights_own() -> Path:
    """Where it would be; to ask takes a second."""
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def _starts(path: str) -> bool:
    """Ubuntu's `chromium-browser` only says that there is a snap; a fresh download may lack libraries."""
    return _run(path, "--version")


def _run(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    prepare()
