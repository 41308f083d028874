"""One visitor on an idle site: how soon it is up, what it weighs, and what it adds to the first token.

The reference for the first token is the stand-in read directly, in the same run and taking turns with the site.
"""

import json
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import requests

from tests.http_client import Visitor
from tests.site import Site
from tests.standin import StandIn

ROUNDS = 31
QUESTION = "[[tokens n=3 rate=20 stamp=1]]"
STAMP = re.compile(rb"\d+@(\d+\.\d+)")


def main() -> None:
    with StandIn() as standin, tempfile.TemporaryDirectory(prefix="potluck-bench-") as folder:
        first = _start_seconds(Path(folder), standin)
        second = _start_seconds(Path(folder), standin)
        print(f"start, empty data      {first:6.2f} s")
        print(f"start, again           {second:6.2f} s")
        with Site(Path(folder), openrouter_url=standin.url) as site:
            requests.get(site.url)
            time.sleep(1)
            print(f"memory, idle           {_memory_mb(site):6.0f} MB (proportional set size, all processes)")
            visitor = Visitor(site, standin)
            key = standin.make_key("alice")
            ours, bare = [], []
            for _ in range(ROUNDS):
                ours.append(_first_lag_ms(visitor.reads(visitor.asks(QUESTION))))
                bare.append(_first_lag_ms(_directly(standin, key)))
            print(f"memory, after {ROUNDS} chats {_memory_mb(site):6.0f} MB")
    ours_ms, bare_ms = statistics.median(ours), statistics.median(bare)
    print(
        f"first token, site      {ours_ms:6.1f} ms after OpenRouter sent it (median of {ROUNDS}; worst {max(ours):.1f})"
    )
    print(f"first token, directly  {bare_ms:6.1f} ms (worst {max(bare):.1f})")
    print(f"added by the site      {ours_ms - bare_ms:6.1f} ms, {ours_ms / bare_ms:.1f} times the direct way")


def _start_seconds(folder: Path, standin: StandIn) -> float:
    began = time.perf_counter()
    with Site(folder, openrouter_url=standin.url):
        return time.perf_counter() - began


def _memory_mb(site: Site) -> float:
    master = psutil.Process(site.pid)
    return sum(process.memory_full_info().pss for process in [master, *master.children(recursive=True)]) / 1e6


def _first_lag_ms(chunks: Iterator[bytes]) -> float:
    """Read to the end; return how late the first stamped token was, in milliseconds."""
    lag = None
    for data in chunks:
        if lag is None and (found := STAMP.search(data)):
            lag = (time.time() - float(found[1])) * 1000
    assert lag is not None, "no token came"
    return lag


def _directly(standin: StandIn, key: str) -> Iterator[bytes]:
    body = {
        "model": "openrouter/auto",
        "stream": True,
        "max_completion_tokens": 100,
        "messages": [{"role": "user", "content": QUESTION}],
    }
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    address = f"{standin.url}/api/v1/chat/completions"
    with requests.post(address, json.dumps(body), headers=headers, stream=True) as response:
        while data := response.raw.read1(65536):
            yield data


if __name__ == "__main__":
    main()
