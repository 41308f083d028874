"""Helper processes under gevent, as in the workers of a site."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

PROGRAM = """
from gevent import monkey
monkey.patch_all()
import os, subprocess, sys
from contextlib import suppress
import gevent
from chat.helper_process import Gone, HelperProcess, Helpers

command = [sys.executable, "-c", ""]
subprocess.run(command)  # from now on the loop collects the status of every child
helpers, ended = Helpers(lambda: HelperProcess(command, {})), []


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_its_end(helper):
    while is_running(helper._pid):
        gevent.sleep(0.01)
    ended.append(helper)
    raise Gone


with suppress(Gone):
    helpers.ask(wait_for_its_end)
print(len(ended), len(helpers), {helper._control.fileno() for helper in ended})
ended[-1].kill()
"""


def test_ended_processes_are_forgotten_also_after_other_processes_of_the_site():
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    assert done.stdout == "3 1 {-1}\n", done.stderr
    assert not done.returncode, done.stderr
