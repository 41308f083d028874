"""Many people write while many answers stream, on SQLite: does "database is locked" reach anybody?

Everybody asks once and then renames that chat again and again, each time a transaction. BENCH_DATABASE_URL and
BENCH_WORKERS choose another database and more workers.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import requests

from tests.site import Site, free_port, wait_for_port
from webapp.environment import BASE_DIR

STREAMS, PEOPLE, SECONDS = 200, 50, 12.0
RATE = 40
PAUSE_SECONDS = 0.25  # of a person between two writes
TIMEOUT_SECONDS = PATIENCE_SECONDS = 120
LEAST_WRITES = 3  # of a person, however slow the machine is
CSRF = "c" * 32


@dataclass
class Result:
    whole_streams: int
    faults: int = 0  # tokens lost or repeated
    statuses: Counter[int] = field(default_factory=Counter)
    waits_ms: list[float] = field(default_factory=list)
    log: str = ""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="potluck-bench-") as folder:
        result = measure(Path(folder), streams=STREAMS, people=PEOPLE, seconds=SECONDS)
    waits = sorted(result.waits_ms)
    p50, p99 = statistics.median(waits), waits[int(len(waits) * 0.99)]
    print(f"streams complete   {result.whole_streams:6} of {STREAMS}")
    print(f"lost or repeated   {result.faults:6} tokens")
    print(f"writes             {len(waits):6} by {PEOPLE} people; statuses {dict(result.statuses)}")
    print(f"wait for a write   {p50:6.0f} ms; p99 {p99:.0f}, worst {waits[-1]:.0f}")
    print(f"locked, in the log {result.log.count('database is locked'):6}")


def measure(folder: Path, *, streams: int, people: int, seconds: float) -> Result:
    port = free_port()
    settings = {
        "DATABASE_URL": os.environ.get("BENCH_DATABASE_URL", ""),
        "WEB_CONCURRENCY": os.environ.get("BENCH_WORKERS", "1"),
    }
    arguments = ["--port", str(port), "--tokens", str(int(seconds * RATE)), "--rate", str(RATE)]
    upstream = subprocess.Popen([sys.executable, "-m", "tests.bench.upstream", *arguments], cwd=BASE_DIR)
    try:
        wait_for_port(port)
        with Site(folder, openrouter_url=f"http://127.0.0.1:{port}", **settings) as site:
            return _measure(site, streams, people, seconds)
    finally:
        upstream.terminate()
        upstream.wait(10)


def _measure(site: Site, streams: int, people: int, seconds: float) -> Result:
    reader, *writers = _prepared(site, streams, people)
    head = f"Host: localhost:{site.port}\r\nCookie: {reader['cookie']}\r\n\r\n"
    order = {
        "streams": [
            {"port": site.port, "request": f"GET {path} HTTP/1.1\r\n{head}", "at": number / streams}
            for number, path in enumerate(reader["streams"])
        ],
        "seconds": 3 * seconds + PATIENCE_SECONDS,
        "tokens": int(seconds * RATE),
        "is_page": True,
    }
    client = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.load"], cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    until = time.monotonic() + seconds
    result = Result(0)
    with ThreadPoolExecutor(people + 1) as pool:
        reading = pool.submit(client.communicate, json.dumps(order).encode() + b"\n")
        writing = [pool.submit(_write, site, writer["cookie"], until, result) for writer in writers]
        for each in writing:
            each.result()
        read = json.loads(reading.result()[0])
    result.whole_streams, result.faults = int(read["whole"]), int(read["lost"] + read["repeated"])
    result.log = site.log()
    return result


def _prepared(site: Site, streams: int, people: int) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.bench.prepare", str(streams), "Count.", str(people)]
    run = subprocess.run(command, env=site.environment, cwd=BASE_DIR, check=True, capture_output=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def _write(site: Site, cookie: str, until: float, result: Result) -> None:
    session, csrf = requests.Session(), site.cookie("csrf")
    session.headers.update({"Cookie": f"{cookie}; {csrf}={CSRF}", "X-CSRFToken": CSRF, "HX-Request": "true"})
    path, fields = "/chats/", {"text": "Count."}
    for number in count():
        if (began := time.monotonic()) > until and number >= LEAST_WRITES:
            return
        answer = session.post(f"{site.url}{path}", fields, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        result.waits_ms.append((time.monotonic() - began) * 1000)
        result.statuses[answer.status_code] += 1
        if path == "/chats/" and answer.ok:
            path = f"{answer.headers['HX-Push-Url']}title/"
        fields = {"title": f"Renamed at {began}"}
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
