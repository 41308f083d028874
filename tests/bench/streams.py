"""Many readers at once: added wait, lag and cost per token, memory per stream, new streams a second.

Real gunicorn on SQLite and PostgreSQL, Markdown rendered live, all on one machine; beside it the bare upstream and
nginx in front of it, where it is installed. README.md here says what each column means and which variables choose.
"""

import json
import os
import statistics
from collections.abc import Callable
from contextlib import ExitStack

from tests.bench.measure import DUE_SECONDS, Row, measure_setup, measure_streams
from tests.bench.setups import SHORT, WAYS, Way, available
from tests.bench.text import TEXTS
from webapp.environment import BASE_DIR

SIZES = [
    int(size) for size in os.environ.get("BENCH_STREAMS", "200" if SHORT else "50,200,500").split(",") if int(size or 0)
]
KINDS = os.environ.get("BENCH_TEXT", "paragraph" if SHORT else ",".join(TEXTS)).split(",")
RUNS = int(os.environ.get("BENCH_RUNS", "1" if SHORT else "3"))
SETUP_STREAMS = int(os.environ.get("BENCH_SETUP", "0" if SHORT else "400"))
RAW_ROWS = BASE_DIR / "build" / "bench.jsonl"
STARTING_SECONDS = 5  # of a site and its upstream, with filling the database
DISTURBED_CORES = 0.2  # more than this used by others makes a run doubtful

# name, heading, width, decimals, and whether a ratio to the references says something
Column = tuple[str, str, int, int, bool]
STREAMS: list[Column] = [
    ("whole", "whole", 6, 0, False),
    ("cut", "cut", 5, 0, False),
    ("lost", "lost", 5, 0, False),
    ("repeated", "rep.", 5, 0, False),
    ("due_seconds", "due s", 7, 1, False),
    ("seconds", "took", 6, 1, False),
    ("first_p50_ms", "first", 8, 0, True),
    ("added_p50_ms", "+p50", 8, 1, False),
    ("added_p99_ms", "+p99", 7, 0, False),
    ("lag_p50_ms", "lag p50", 9, 2, True),
    ("lag_p99_ms", "p99", 8, 1, True),
    ("bytes_per_token", "B/tok", 7, 0, True),
    ("cpu_us_per_token", "us/tok", 8, 1, True),
    ("steady_us_per_token", "steady", 8, 1, True),
    ("kb_per_stream", "KB/stream", 10, 0, True),
    ("idle_mb", "idle MB", 8, 0, True),
    ("upstream_late_p99_ms", "| up late", 10, 1, False),
    ("client_late_p99_ms", "cl late", 9, 1, False),
    ("client_us_per_token", "cl us", 6, 1, False),
    ("others_cores", "others", 7, 2, False),
]
SETUP: list[Column] = [
    ("whole", "whole", 6, 0, False),
    ("cut", "cut", 5, 0, False),
    ("streams_per_second", "streams/s", 11, 0, True),
    ("cpu_ms_per_stream", "CPU ms", 8, 2, True),
    ("first_p50_ms", "first p50", 11, 0, True),
    ("first_p99_ms", "p99", 7, 0, True),
    ("client_late_p99_ms", "| cl late", 10, 1, False),
    ("others_cores", "others", 7, 2, False),
]
REFERENCES = ("upstream", "nginx")


def main() -> None:
    with ExitStack() as stack:
        ways = available(stack)
        print(f"{', '.join(ways)}; {RUNS} interleaved runs each, medians; about {_minutes(len(ways))} minutes.")
        for text in KINDS:
            print(f"\nUpstream writes: {text}")
            _print_headings("streams", STREAMS)
            for size in SIZES:
                _compare(ways, size, text, STREAMS, measure_streams)
        if SETUP_STREAMS:
            print("\nNew streams: all at once, of one token")
            _print_headings("streams", SETUP)
            _compare(ways, SETUP_STREAMS, "paragraph", SETUP, measure_setup)


def _minutes(ways: int) -> int:
    each = [DUE_SECONDS + STARTING_SECONDS] * len(SIZES) * len(KINDS) + [STARTING_SECONDS + 3] * bool(SETUP_STREAMS)
    return round(RUNS * ways * sum(each) / 60) or 1


def _compare(ways: list[str], size: int, text: str, columns: list[Column], measure: Callable[[Way, int], Row]) -> None:
    rounds: list[dict[str, Row]] = []
    for number in range(RUNS):
        rounds.append({})
        for name in ways:
            with WAYS[name](text) as way:
                rounds[-1][name] = measure(way, size)
            _add_wait(rounds[-1], name)
            _keep(name, size, text, number, rounds[-1][name])
    for name in ways:
        _print_row(name, size, columns, [runs[name] for runs in rounds])
        for reference in REFERENCES:
            if reference in ways and name not in REFERENCES[: REFERENCES.index(reference) + 1]:
                _print_ratios(reference, columns, [(runs[name], runs[reference]) for runs in rounds])
    _print_disturbed(rounds, size)


def _add_wait(runs: dict[str, Row], name: str) -> None:
    """How much longer than at the bare upstream the first token takes, in the same round."""
    bare = runs.get("upstream")
    for percent in ("p50", "p99"):
        value = runs[name][f"first_{percent}_ms"] - bare[f"first_{percent}_ms"] if bare else float("nan")
        runs[name][f"added_{percent}_ms"] = value


def _keep(name: str, size: int, text: str, number: int, row: Row) -> None:
    RAW_ROWS.parent.mkdir(exist_ok=True)
    with RAW_ROWS.open("a") as file:
        file.write(json.dumps({"way": name, "streams": size, "text": text, "run": number + 1, **row}) + "\n")


def _print_headings(first: str, columns: list[Column]) -> None:
    print(f"{'':18}{first:>8}" + "".join(f"{heading:>{width}}" for _, heading, width, _, _ in columns), flush=True)


def _print_row(name: str, size: int, columns: list[Column], rows: list[Row]) -> None:
    cells = (
        f"{_together(key)([row[key] for row in rows]):{width}.{decimals}f}" for key, _, width, decimals, _ in columns
    )
    print(f"{name:18}{size:8}" + "".join(cells), flush=True)


def _together(key: str) -> Callable[[list[float]], float]:
    """The runs as one figure: of what must not happen the worst, otherwise the median."""
    if key == "whole":
        return min
    return sum if key in ("cut", "lost", "repeated") else statistics.median


def _print_ratios(reference: str, columns: list[Column], pairs: list[tuple[Row, Row]]) -> None:
    cells = (f"{_ratio(key, pairs):>{width}}" if is_ratio else " " * width for key, _, width, _, is_ratio in columns)
    print(f"{'  x ' + reference:26}" + "".join(cells), flush=True)


def _ratio(key: str, pairs: list[tuple[Row, Row]]) -> str:
    ratios = [ours[key] / theirs[key] for ours, theirs in pairs if theirs[key] > 0]
    return f"{statistics.median(ratios):.1f}" if ratios else "-"


def _print_disturbed(rounds: list[dict[str, Row]], size: int) -> None:
    disturbed = [
        f"{name} run {number} ({row['others_cores']:.1f} cores)"
        for number, runs in enumerate(rounds, 1)
        for name, row in runs.items()
        if row["others_cores"] > DISTURBED_CORES
    ]
    if disturbed:
        print(f"  disturbed by others at {size}: {', '.join(disturbed)}", flush=True)


if __name__ == "__main__":
    main()
