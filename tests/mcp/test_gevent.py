"""A tool call in a gevent worker: other greenlets go on, and Stop in one ends the call in another."""

import subprocess
import sys
from pathlib import Path

from tests.mcp.servers import Kitchen
from tests.mcp_server import Running

ROOT = Path(__file__).parent.parent.parent

PROGRAM = """
from gevent import monkey
monkey.patch_all()
import sys, uuid
import gevent
from chat.mcp.run_process import run
from chat.tools.tool import Cancellation

url, host = sys.argv[1:]
job = {"url": url, "allowed_hosts": [host], "headers": {}, "oauth": None, "version": "1", "seconds": 60, "tool": None}
person, ends, stopped, turns = uuid.uuid4(), [], [], []
cancellation = Cancellation(is_cancelled=lambda: bool(stopped), on_cancel=ends.append)


def count():
    while True:
        turns.append(1)
        gevent.sleep(0.01)


counting = gevent.spawn(count)
prints = {tool["name"]: tool["fingerprint"] for tool in run(job, person=person).result["tools"]}
print("others went on" if len(turns) > 5 else "others had to wait")
job |= {"tool": "hang", "fingerprint": prints["hang"], "arguments": {}}
call = gevent.spawn(run, job, person=person, cancellation=cancellation)
sys.stdout.flush()
gevent.get_hub().threadpool.apply(sys.stdin.readline)  # a plain call would block the greenlets
stopped.append(1)
ends[0]()
print(call.get(timeout=60).result["problem"])
"""


def test_other_greenlets_go_on_during_a_call_and_stop_ends_it():
    kitchen = Kitchen()
    with Running(kitchen.app) as running:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, running.url, running.host],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdin
            assert process.stdout
            assert process.stdout.readline() == "others went on\n"
            assert kitchen.has_hung.wait(60)
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "stopped\n"


LATE = """
from gevent import monkey
monkey.patch_all()
import socket, sys, uuid
import gevent
from chat.mcp import run_process

url, host = sys.argv[1:]
job = {"url": url, "allowed_hosts": [host], "headers": {}, "oauth": None, "version": "1", "seconds": 60, "tool": None}
wait_until = run_process._wait_until


def wait_until_it_reads(connection, moment):
    wait_until(connection, moment)
    connection.recv(1, socket.MSG_PEEK)  # it has begun
    gevent.sleep(0.3)


run_process._wait_until = wait_until_it_reads
print("problem" not in run_process.run(job, person=uuid.uuid4()).result)
"""


def test_a_job_may_come_after_its_process_has_begun():
    """As on a busy machine. gevent's sockets do not block, and the process reads the other end of one."""
    with Running(Kitchen().app) as running:
        command = [sys.executable, "-c", LATE, running.url, running.host]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    assert done.stdout == "True\n", done.stderr
