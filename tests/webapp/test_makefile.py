"""`make` on a bare machine: a step that failed half-way is not in the way of the next try."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.environment import BASE_DIR

# What Debian's Python does without python3-venv: it makes the folder and the interpreter, then finds no pip for it.
HALF = """#!/bin/sh
if [ "$2" = venv ] && [ ! -e {mended} ]; then
    for folder in "$@"; do :; done
    mkdir -p "$folder/bin" && ln -sf {python} "$folder/bin/python"
    echo "The virtual environment was not created successfully because ensurepip is not available."
    {ends}
fi
exec {python} "$@"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copy(BASE_DIR / "Makefile", tmp_path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "production.txt").touch()
    return tmp_path


@pytest.mark.parametrize("ends", ["exit 1", "kill -9 $PPID; exit 1"], ids=["it fails", "make is killed"])
def test_half_a_venv_is_made_again(checkout, ends):
    wrapper, mended = checkout / "python", checkout / "mended"
    wrapper.write_text(HALF.format(python=sys.executable, mended=mended, ends=ends))
    wrapper.chmod(0o755)
    make = ["make", ".venv/production", f"PYTHON={wrapper}"]
    first = subprocess.run(make, cwd=checkout, capture_output=True, text=True)
    assert first.returncode != 0
    if ends == "exit 1":
        assert "apt install python3-venv" in first.stdout
        assert not (checkout / ".venv").exists()
    mended.touch()  # apt install python3-venv
    second = subprocess.run(make, cwd=checkout, capture_output=True, text=True)

    assert second.returncode == 0, second.stdout + second.stderr
    assert (checkout / ".venv" / "bin" / "pip").exists()
