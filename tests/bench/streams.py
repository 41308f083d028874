"""Many readers at once: lag per token, cost per token and memory per stream, beside the bare upstream.

Real gunicorn and SQLite (PostgreSQL with BENCH_DATABASE_URL), Markdown rendered live, everything on one machine. Each
row is the median of three runs that take turns with the others. "nginx" is nginx in front of the bare upstream, where
it is installed. BENCH_STREAMS="1,500,1000" chooses other sizes.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from tests.site import Site, free_port, wait_for_port
from webapp.environment import BASE_DIR

SIZES = [int(size) for size in os.environ.get("BENCH_STREAMS", "50,200").split(",")]
RUNS = 3
RATE, TOKENS = 40, 300
NEW_STREAMS_PER_SECOND = 100


@dataclass
class Row:
    whole: int
    faults: int
    lag_p50_ms: float
    lag_p99_ms: float
    first_p50_ms: float
    bytes_per_token: float
    cpu_us_per_token: float
    kb_per_stream: float


def main() -> None:
    print(f"{'':9}{'streams':>8}{'whole':>7}{'faults':>7}{'lag p50':>9}{'p99 ms':>8}{'first':>8}", end="")
    print(f"{'B/token':>9}{'us/token':>10}{'KB/stream':>11}")
    for size in SIZES:
        ways = {"upstream": _through_upstream, "nginx": _through_nginx, "potluck": _through_potluck}
        if not shutil.which("nginx"):
            del ways["nginx"]
        runs: dict[str, list[Row]] = {way: [] for way in ways}
        for _ in range(RUNS):
            for way, measure in ways.items():
                runs[way].append(measure(size))
        for way, rows in runs.items():
            _print(way, size, rows)


def _print(way: str, size: int, rows: list[Row]) -> None:
    def middle(name: str) -> float:
        return statistics.median(getattr(row, name) for row in rows)

    whole, faults = min(row.whole for row in rows), sum(row.faults for row in rows)
    print(f"{way:9}{size:8}{whole:7}{faults:7}{middle('lag_p50_ms'):9.1f}{middle('lag_p99_ms'):8.0f}", end="")
    print(f"{middle('first_p50_ms'):8.0f}{middle('bytes_per_token'):9.0f}{middle('cpu_us_per_token'):10.0f}", end="")
    print(f"{middle('kb_per_stream'):11.0f}", flush=True)


def _through_upstream(size: int) -> Row:
    with _upstream() as (port, process):
        return _measure(size, port, [_question(port)] * size, process.pid)


def _through_nginx(size: int) -> Row:
    with _upstream() as (port, _), _nginx(port) as (front, process):
        return _measure(size, front, [_question(front)] * size, process.pid)


def _through_potluck(size: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="potluck-bench-") as folder, _upstream() as (port, _):
        database = {"DATABASE_URL": os.environ.get("BENCH_DATABASE_URL", "")}
        with Site(Path(folder), openrouter_url=f"http://127.0.0.1:{port}", **database) as site:
            command = [sys.executable, "-m", "tests.bench.prepare", str(size)]
            prepared = json.loads(
                subprocess.run(command, env=site.environment, cwd=BASE_DIR, check=True, capture_output=True).stdout
            )
            front = urlsplit(site.url).port or 0
            head = f"Host: localhost:{front}\r\nCookie: {prepared['cookie']}\r\n\r\n"
            return _measure(size, front, [f"GET {path} HTTP/1.1\r\n{head}" for path in prepared["streams"]], site.pid)


def _measure(size: int, port: int, requests: list[str], pid: int) -> Row:
    streams = [
        {"host": "127.0.0.1", "port": port, "request": request, "at": number / NEW_STREAMS_PER_SECOND}
        for number, request in enumerate(requests)
    ]
    order = {"streams": streams, "seconds": size / NEW_STREAMS_PER_SECOND + TOKENS / RATE + 20}
    cpu, memory = _cpu_seconds(pid), _memory_kb(pid)
    client = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.load"], cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert client.stdin
    client.stdin.write(json.dumps(order).encode() + b"\n")
    client.stdin.flush()
    peak = memory
    while True:
        try:
            out, _ = client.communicate(timeout=0.5)
            break
        except subprocess.TimeoutExpired:
            peak = max(peak, _memory_kb(pid))
    results = json.loads(out)
    lags = sorted(lag for result in results for lag in result["lags_ms"])
    tokens = len(lags) or 1
    return Row(
        whole=sum(result["is_whole"] and len(result["lags_ms"]) == TOKENS for result in results),
        faults=sum(result["faults"] for result in results),
        lag_p50_ms=lags[tokens // 2] if lags else float("nan"),
        lag_p99_ms=lags[int(tokens * 0.99)] if lags else float("nan"),
        first_p50_ms=statistics.median(result["first_ms"] for result in results),
        bytes_per_token=sum(result["bytes"] for result in results) / tokens,
        cpu_us_per_token=(_cpu_seconds(pid) - cpu) / tokens * 1e6,
        kb_per_stream=(peak - memory) / size,
    )


def _question(port: int) -> str:
    body = json.dumps({"model": "openrouter/auto", "stream": True})
    head = f"Host: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return f"POST /api/v1/chat/completions HTTP/1.1\r\n{head}{body}"


@contextmanager
def _upstream() -> Iterator[tuple[int, psutil.Popen]]:
    port = free_port()
    arguments = ["--port", str(port), "--tokens", str(TOKENS), "--rate", str(RATE)]
    with _running([sys.executable, "-m", "tests.bench.upstream", *arguments], port) as process:
        yield port, process


@contextmanager
def _nginx(upstream: int) -> Iterator[tuple[int, psutil.Popen]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(
            f"daemon off; master_process off; worker_rlimit_nofile 8192; pid {folder}/pid; error_log {folder}/error;"
            f"events {{ worker_connections 4096; }} http {{ access_log off;"
            f" client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};"
            f" uwsgi_temp_path {folder}; scgi_temp_path {folder}; server {{ listen 127.0.0.1:{port} backlog=4096;"
            f" location / {{ proxy_pass http://127.0.0.1:{upstream}; proxy_http_version 1.1;"
            f" proxy_buffering off; }} }} }}"
        )
        with _running(["nginx", "-c", str(config), "-e", f"{folder}/error"], port) as process:
            yield port, process


@contextmanager
def _running(command: list[str], port: int) -> Iterator[psutil.Popen]:
    process = psutil.Popen(command, cwd=BASE_DIR)
    try:
        wait_for_port(port)
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _processes(pid: int) -> list[psutil.Process]:
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def _cpu_seconds(pid: int) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in _processes(pid))


def _memory_kb(pid: int) -> float:
    return sum(process.memory_full_info().pss for process in _processes(pid)) / 1000


if __name__ == "__main__":
    main()
