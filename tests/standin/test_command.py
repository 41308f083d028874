import signal
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]


def test_it_runs_on_its_own_until_it_is_stopped():
    command = [sys.executable, "-m", "tests.standin", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            assert requests.get(f"{url}/api/v1/models", timeout=60).json()["total_count"]
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
