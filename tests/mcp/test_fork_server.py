"""The process that forks one for each job: it may end at any time, and nothing is left over."""

import json
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.mcp import run_process
from chat.mcp.run_process import run
from chat.tools.tool import Cancellation
from tests.mcp.servers import Kitchen, lists, tool
from tests.mcp_server import Running

PERSON = uuid.UUID(int=1)


@pytest.fixture(autouse=True)
def _ends():
    run_process._helpers.end()
    yield
    run_process._helpers.end()


@pytest.fixture(scope="module")
def server():
    with Running(lists(tool("x"))) as running:
        yield running


@pytest.fixture
def program(monkeypatch):
    """The program with something else in place of what it does."""

    def runs(change: str) -> None:
        code = "import os, signal\nfrom chat.mcp.process import __main__ as program, fork_server\n"
        monkeypatch.setattr(run_process, "COMMAND", [sys.executable, "-P", "-c", f"{code}{change}\nprogram.main()"])

    return runs


def job_for(server: Running, **fields: object) -> dict[str, object]:
    return {
        "url": server.url,
        "allowed_hosts": [server.host],
        "headers": {},
        "oauth": None,
        "version": "1",
        "seconds": 60,
        "tool": None,
        **fields,
    }


def names(server: Running) -> list[str]:
    return [each["name"] for each in run(job_for(server), person=PERSON).result["tools"]]


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until(condition) -> None:
    give_up_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up_at, "it has not come to that"
        time.sleep(0.01)


def wait_until_gone(pid: int) -> None:
    wait_until(lambda: os.waitpid(pid, os.WNOHANG) != (0, 0))


def test_the_process_has_none_of_the_sites_secrets_and_files(server, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "not for others")
    held = os.dup(0)
    os.set_inheritable(held, True)
    names(server)
    about = Path(f"/proc/{run_process._helpers[-1]._pid}")

    set_in_it = {name.partition(b"=")[0].decode() for name in (about / "environ").read_bytes().split(b"\0")} - {""}
    assert set_in_it <= {*run_process.ENVIRONMENT, "PYTHONPATH"}
    open_in_it = {entry.readlink().name.partition(":")[0] for entry in (about / "fd").iterdir()}
    assert open_in_it == {"null", "socket"}  # the site's end, and what tells that a process has ended
    os.close(held)


def test_one_process_does_many_jobs_and_is_replaced_when_killed(server):
    assert names(server) == names(server) == ["x"]
    (first,) = run_process._helpers
    os.kill(first._pid, signal.SIGKILL)

    assert names(server) == ["x"]
    assert run_process._helpers[-1] is not first


def test_stop_kills_only_the_process_of_its_job(server):
    stopped = threading.Event()
    ends: list[Callable[[], None]] = []
    cancellation = Cancellation(is_cancelled=stopped.is_set, on_cancel=ends.append)
    kitchen = Kitchen()
    with Running(kitchen.app) as running:
        prints = {each["name"]: each["fingerprint"] for each in run(job_for(running), person=PERSON).result["tools"]}
        job = job_for(running, seconds=600, tool="hang", fingerprint=prints["hang"], arguments={})
        results = []
        thread = threading.Thread(
            target=lambda: results.append(run(job, person=PERSON, cancellation=cancellation).result)
        )
        thread.start()
        assert kitchen.has_hung.wait(60)
        forks = run_process._helpers[-1]._pid
        assert len(children_of(forks)) == 1
        stopped.set()
        ends[0]()
        thread.join(60)
        wait_until(lambda: not children_of(forks))

    assert results == [{"problem": "stopped", "detail": ""}]
    assert names(server) == ["x"]
    assert run_process._helpers[-1]._pid == forks


def test_the_time_until_a_job_begins_does_not_count(server, program, monkeypatch):
    answers_and_stays = """program.emit({"tools": [], "left_out": 0}), signal.pause()"""
    program(f"import time\ntime.sleep(3)\nprogram.do_job = lambda: ({answers_and_stays})")
    monkeypatch.setattr(run_process, "GRACE_SECONDS", 2)

    assert run(job_for(server, seconds=0), person=PERSON).result == {"tools": [], "left_out": 0}


def test_a_job_that_never_begins_is_given_up(server, program, monkeypatch):
    program("signal.pause()")
    monkeypatch.setattr(run_process, "START_SECONDS", 0.5)

    assert run(job_for(server, seconds=600), person=PERSON).result["problem"] == "broken"
    run_process._helpers[-1].kill()


def test_a_job_that_takes_too_long_is_killed(server, program, monkeypatch):
    program("program.do_job = signal.pause")
    monkeypatch.setattr(run_process, "GRACE_SECONDS", 0.1)

    assert run(job_for(server, seconds=0), person=PERSON).result["problem"] == "broken"
    wait_until(lambda: not children_of(run_process._helpers[-1]._pid))


@pytest.mark.parametrize(
    ("death", "status"), [("lambda: os.kill(os.getpid(), signal.SIGKILL)", -9), ("lambda: os._exit(3)", 3)]
)
def test_a_job_that_dies_is_an_error_and_is_logged(server, program, caplog, death, status):
    program(f"program.do_job = {death}")

    assert run(job_for(server), person=PERSON).result["problem"] == "broken"
    assert f"ended with the status {status}" in caplog.text


def test_a_program_that_never_starts_is_an_error(server, program, caplog):
    program("os._exit(1)")

    assert run(job_for(server), person=PERSON).result["problem"] == "broken"
    assert "does not start" in caplog.text


def test_the_process_and_its_jobs_end_with_the_site(server, program, tmp_path):
    begun = tmp_path / "begun"  # a job that ended before it has begun would be given to another process
    program(f"program.do_job = lambda: (open({str(begun)!r}, 'w'), signal.pause())")
    thread = threading.Thread(target=lambda: run(job_for(server), person=PERSON))
    thread.start()
    wait_until(begun.exists)
    pid = run_process._helpers[-1]._pid
    run_process._helpers.end()

    wait_until_gone(pid)
    thread.join(60)
    assert not thread.is_alive()


def test_an_idle_process_ends(server, program):
    program("fork_server.IDLE_SECONDS = 0.05")
    assert names(server) == ["x"]
    pid = run_process._helpers[-1]._pid

    wait_until_gone(pid)
    assert names(server) == ["x"]


def test_jobs_share_no_memory(server, program):
    """What one leaves in memory is gone with its process."""
    program("""
import json, sys
seen = []
def do_job():
    seen.append(json.load(sys.stdin)["version"])
    program.emit({"seen": seen})
program.do_job = do_job""")

    results = [run(job_for(server, version=version), person=PERSON).result for version in ("1", "2")]
    assert json.loads(json.dumps(results)) == [{"seen": ["1"]}, {"seen": ["2"]}]
