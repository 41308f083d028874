"""Which Chromium is used, and what happens where there is none. Nothing is installed: PATH holds scripts only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.environment import BASE_DIR

LOG = 'echo "$(basename $0) $@" >> "$(dirname $0)/log"'
STARTS = f"#!/bin/sh\n{LOG}\n"
IS_ONLY_A_HINT = f'#!/bin/sh\n{LOG}\necho "install the snap" >&2; exit 1\n'
SUDO = '#!/bin/sh\nshift; "$@"\n'
APT = f"""#!/bin/sh
{LOG}
test $1 = install || exit 0
for package in "$@"; do :; done
case " {{packages}} " in *" $package "*) ;; *) exit 100 ;; esac
printf '#!/bin/sh\\n' > "$(dirname $0)/$package"
chmod +x "$(dirname $0)/$package"
"""
DEBIAN, UBUNTU = (APT.replace("{packages}", packages) for packages in ("chromium-headless-shell chromium", "chromium"))
INSTALL = "apt-get install --yes --no-install-recommends"


class Machine:
    """A computer that has these programs, and no network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("basename", "dirname", "chmod", "true", "uname"):
            (folder / name).symlink_to(f"/usr/bin/{name}")

    def has(self, name: str, script: str = STARTS) -> None:
        file = self.folder / name
        file.write_text(script)
        file.chmod(0o755)

    def prepares(self) -> "subprocess.CompletedProcess[str]":
        return self._runs("-m", "tests.browser.chromium")

    def chooses(self) -> str:
        answer = self._runs("-c", "from tests.browser import chromium; print(chromium.executable())")
        return answer.stdout.strip().removeprefix(f"{self.folder}/")

    @property
    def log(self) -> list[str]:
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []

    def _runs(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {
            "PATH": str(self.folder),
            "PLAYWRIGHT_BROWSERS_PATH": str(self.folder / "none"),
            "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9",
            "NODE_OPTIONS": os.environ.get("NODE_OPTIONS", ""),
        }
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


def test_an_installed_chromium_is_used_silently(machine):
    machine.has("google-chrome")
    machine.has("apt-get", DEBIAN)

    done = machine.prepares()

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert machine.log == ["google-chrome --version"]


def test_a_chromium_that_does_not_start_is_not_used(machine):
    machine.has("chromium-browser", IS_ONLY_A_HINT)
    machine.has("google-chrome")

    assert machine.chooses() == "google-chrome"


def test_on_a_machine_without_a_chromium_none_is_found(machine):
    assert machine.chooses() == "None"


def test_a_headless_shell_is_preferred(machine):
    machine.has("chromium")
    machine.has("chromium-headless-shell")

    assert machine.chooses() == "chromium-headless-shell"


def test_without_a_download_the_package_is_installed_from_a_fresh_list(machine):
    machine.has("sudo", SUDO)
    machine.has("apt-get", DEBIAN)

    assert machine.prepares().returncode == 0
    assert machine.log == ["apt-get update", f"{INSTALL} chromium-headless-shell"]
    assert machine.chooses() == "chromium-headless-shell"


def test_where_it_has_no_package_the_whole_chromium_is_installed(machine):
    machine.has("sudo", SUDO)
    machine.has("apt-get", UBUNTU)

    assert machine.prepares().returncode == 0
    assert machine.log == ["apt-get update", f"{INSTALL} chromium-headless-shell", f"{INSTALL} chromium"]
    assert machine.chooses() == "chromium"


def test_where_nothing_can_be_had_one_sentence_says_what_to_install(machine):
    done = machine.prepares()

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "install the package “chromium”" in done.stderr
