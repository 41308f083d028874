"""What a reply costs from its question to its stored end: statements, and CPU of the one process that does all of it.

Without a server in front: requests of htmx go straight into the WSGI application, under gevent, on SQLite; the model
says one word. The reference is a bare Django view that sends 20 plain statements. CPU is of the whole process, per
reply: checkpoints, the request to OpenRouter and rendering are in it.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.setups import RATE
from tests.site import Site, collect_static_files, free_port, wait_for_port
from webapp.environment import BASE_DIR

MEASURE = [sys.executable, "-m", "gevent.monkey", "--module", "tests.bench.reply_cost"]


def main() -> None:
    collect_static_files()
    port = free_port()
    upstream = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.upstream", "--port", str(port), "--rate", str(RATE)], cwd=BASE_DIR
    )
    try:
        wait_for_port(port)
        with tempfile.TemporaryDirectory(prefix="potluck-bench-") as folder:
            settings = {name: value for name, value in os.environ.items() if name == "BENCH_PROFILE"}
            site = Site(Path(folder), openrouter_url=f"http://127.0.0.1:{port}", **settings)
            Path(folder, "data").mkdir()
            subprocess.run(MEASURE, env=site.environment, cwd=BASE_DIR, check=True)
    finally:
        upstream.terminate()
        upstream.wait(10)


if __name__ == "__main__":
    main()
