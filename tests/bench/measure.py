"""One run of one way: the client in a process of its own, and what the server used meanwhile."""

import json
import math
import os
import re
import resource
import signal
import subprocess
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.bench.setups import RATE, Way
from tests.bench.upstream import FIRST_SECONDS
from webapp.environment import BASE_DIR

Row = dict[str, float]
ERROR = re.compile(r"^[\w.]+Error: .*$", re.MULTILINE)

RAMP_SECONDS = 4  # in which all streams begin, one after the other
STEADY_SECONDS = 4  # in which all run at once
TOKENS = RATE * (RAMP_SECONDS + STEADY_SECONDS)
DUE_SECONDS = RAMP_SECONDS + FIRST_SECONDS + TOKENS / RATE
PATIENCE_SECONDS = 30
SAMPLE_SECONDS = 0.25
WARM_UP = 5, 150, "[[n=150 rate=1000 first=0]]"  # streams, tokens: all kinds of text once


def measure_streams(way: Way, size: int) -> Row:
    """Streams of 40 tokens a second that begin one after the other."""
    _warm_up(way)
    starts = [RAMP_SECONDS * number / size for number in range(size)]
    run = Run(way, starts, way.ask(size, f"[[n={TOKENS}]]"), TOKENS)
    run.go(DUE_SECONDS + PATIENCE_SECONDS)
    return run.row() | {"due_seconds": DUE_SECONDS}


def measure_setup(way: Way, size: int) -> Row:
    """As many streams at the same time, of one token that comes at once."""
    _warm_up(way)
    run = Run(way, [0.0] * size, way.ask(size, "[[n=1 first=0]]"), 1)
    run.go(PATIENCE_SECONDS * 2)
    row = run.row()
    row["streams_per_second"] = row["whole"] / row["seconds"]
    row["cpu_ms_per_stream"] = row["cpu_us_per_token"] / 1000
    return row


def _warm_up(way: Way) -> None:
    streams, tokens, question = WARM_UP
    run = Run(way, [0.0] * streams, way.ask(streams, question), tokens)
    run.go(PATIENCE_SECONDS, is_profiled=False)
    assert run.result["whole"] == streams, f"warming up failed: {run.result}"


class Run:
    def __init__(self, way: Way, starts: list[float], requests_: list[str], tokens: int) -> None:
        self._way, self._tokens = way, tokens
        self._streams = [
            {"port": way.port, "request": request, "at": at} for at, request in zip(starts, requests_, strict=True)
        ]
        self.result: Row = {}

    def go(self, seconds: float, *, is_profiled: bool = True) -> None:
        order = {"streams": self._streams, "seconds": seconds, "tokens": self._tokens, "is_page": self._way.is_page}
        self._upstream()
        self._idle_kb = self._peak_kb = self._memory_kb()
        self._began, machine, ours = time.time(), _machine_cpu_seconds(), self._all_of_ours()
        self._samples = [(self._began, self._cpu_seconds())]
        with self._profiled() if is_profiled else nullcontext():
            self.result = self._run_client(order)
        self._samples.append((time.time(), self._cpu_seconds()))
        others = (_machine_cpu_seconds() - machine) - (self._all_of_ours() - ours)
        self._others_cores = others / (time.time() - self._began)
        self._upstream_report = self._upstream()
        if self.result["whole"] < len(self._streams):
            self._tell_errors()

    def _run_client(self, order: dict[str, Any]) -> Row:
        command = [sys.executable, "-m", "tests.bench.load"]
        client = subprocess.Popen(command, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert client.stdin
        client.stdin.write(json.dumps(order).encode() + b"\n")
        client.stdin.flush()
        while True:
            try:
                return json.loads(client.communicate(timeout=SAMPLE_SECONDS)[0])
            except subprocess.TimeoutExpired:
                self._samples.append((time.time(), self._cpu_seconds()))
                self._peak_kb = max(self._peak_kb, self._memory_kb())

    def _tell_errors(self) -> None:
        errors = Counter(ERROR.findall(self._way.log()))
        said = "; ".join(f"{count} x {error[:200]}" for error, count in errors.most_common(3))
        print(f"  {self.result['whole']} of {len(self._streams)} streams were whole. {said}", flush=True)

    def row(self) -> Row:
        result, tokens = self.result, self.result["tokens"] or math.nan
        steady_cpu = self._cpu_at(result["steady_to"]) - self._cpu_at(result["steady_from"])
        is_steady = result["steady_to"] - result["steady_from"] > STEADY_SECONDS / 3
        return result | {
            "bytes_per_token": result["bytes"] / tokens,
            "cpu_us_per_token": (self._samples[-1][1] - self._samples[0][1]) / tokens * 1e6,
            "steady_us_per_token": steady_cpu / (result["steady_tokens"] or math.nan) * 1e6 if is_steady else math.nan,
            "kb_per_stream": (self._peak_kb - self._idle_kb) / len(self._streams),
            "idle_mb": self._idle_kb / 1000,
            "upstream_late_p99_ms": self._upstream_report["late_p99_ms"],
            "client_us_per_token": result["client_cpu_seconds"] / tokens * 1e6,
            "others_cores": max(0.0, self._others_cores),
        }

    def _cpu_at(self, moment: float) -> float:
        """Between two samples, in proportion."""
        place = bisect_left(self._samples, (moment,))
        if not 0 < place < len(self._samples):
            return math.nan
        (before, cpu_before), (after, cpu_after) = self._samples[place - 1 : place + 1]
        return cpu_before + (cpu_after - cpu_before) * (moment - before) / (after - before)

    def _cpu_seconds(self) -> float:
        return sum(map(_cpu_seconds, self._way.pids))

    def _memory_kb(self) -> float:
        return sum(process.memory_full_info().pss for process in _family(self._way.pids[0])) / 1000

    def _all_of_ours(self) -> float:
        """CPU seconds of everything that belongs to this measurement."""
        children = resource.getrusage(resource.RUSAGE_CHILDREN)  # clients that have ended
        servers = sum(map(_cpu_seconds, {*self._way.pids, self._way.upstream_pid}))
        return servers + time.process_time() + children.ru_utime + children.ru_stime

    def _upstream(self) -> Row:
        return requests.get(f"http://127.0.0.1:{self._way.upstream_port}/report", timeout=10).json()

    @contextmanager
    def _profiled(self) -> Iterator[None]:
        """Where a worker of the site spends its time, written to $BENCH_PROFILE by py-spy."""
        path, workers = os.environ.get("BENCH_PROFILE"), psutil.Process(self._way.pids[0]).children()
        if not (path and self._way.is_page):
            yield
            return
        kind = {".svg": "flamegraph", ".json": "speedscope"}.get(Path(path).suffix, "raw")
        command = ["py-spy", "record", "-p", str(workers[0].pid), "-f", kind, "-o", path, "-d", "unlimited"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as profiler:
            yield
            profiler.send_signal(signal.SIGINT)


def _machine_cpu_seconds() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def _family(pid: int) -> list[psutil.Process]:
    first = psutil.Process(pid)
    return [first, *first.children(recursive=True)]


def _cpu_seconds(pid: int) -> float:
    """Of a process and its children, also those that have ended."""
    total = sum(psutil.Process(pid).cpu_times()[2:4])
    for process in _family(pid):
        with suppress(OSError):  # it has ended
            total += time.clock_gettime(~process.pid << 3 | 2)  # what clock_getcpuclockid gives: nanoseconds, not ticks
    return total
