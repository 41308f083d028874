"""Runs a program of this project once, in a process of its own, with nothing of the site but what it is given."""

import os
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH")  # and none of the site's secrets


def output_of(program: Path, *arguments: str, content: bytes, most_seconds: float, check: bool = False) -> bytes:
    """What the program writes when it reads `content`; with `check` it has to succeed, too.

    Raises OSError if there is no room for another process, and subprocess.SubprocessError.
    """
    return subprocess.run(  # noqa: S603 - a program of ours
        [sys.executable, "-I", str(program), *arguments],
        input=content,
        capture_output=True,
        timeout=most_seconds,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        check=check,
    ).stdout
