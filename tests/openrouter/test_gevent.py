"""Under gevent, as in production, the same code streams and is cancelled; in a process patched from the start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.openrouter.chunks import ANSWER
from tests.openrouter.scripted_server import PATIENCE_SECONDS, STREAM_END, STREAM_HEAD, wait_for

PROGRAM = """
from gevent import monkey
monkey.patch_all()

import os, sys
import gevent, psutil
from chat.openrouter import ApiKey, OpenRouter

client = OpenRouter(sys.argv[1], title="Potluck", referer="http://localhost:8000")
call = client.chat(ApiKey("sk-or-v1-gevent"), {"model": "maker/model", "image": "x" * 100_000})
words = "".join(getattr(event, "text", "") for event in client.chat(ApiKey("sk-or-v1-gevent"), {}))
assert words == "Hello", words

ticks = []
ticker = gevent.spawn(lambda: [ticks.append(gevent.sleep(0.01)) for _ in range(1000)])
seen = []
consumer = gevent.spawn(lambda: [seen.append(getattr(event, "text", "")) for event in call])
_, _, expected, has_arrived = sys.argv
while not (os.path.exists(has_arrived) and "".join(seen) == expected and len(ticks) > 10):
    gevent.sleep(0.01)
assert not consumer.ready(), "the hub was held up"
call.cancel()
consumer.get(timeout=60)
call.cancel()
ticker.kill()
client.close()
print(repr("".join(seen)), "and", len(psutil.Process().net_connections()), "sockets left")
"""


def silent_from_the_start(visit):
    visit.wait_for_hang_up()


def silent_after_two_words(visit):
    visit.send(STREAM_HEAD)
    visit.chunk(*ANSWER[:2])
    visit.wait_for_hang_up()


@pytest.mark.parametrize(("then", "text"), [(silent_from_the_start, ""), (silent_after_two_words, "Hello")])
def test_it_streams_and_is_cancelled(any_server, tmp_path, then, text):
    def script(visit):
        if len(any_server.visits) > 1:
            return then(visit)
        visit.send(STREAM_HEAD)
        visit.chunk(*ANSWER)
        visit.send(STREAM_END)

    any_server.script = script
    program, has_arrived = tmp_path / "program.py", tmp_path / "arrived"
    program.write_text(PROGRAM)

    with subprocess.Popen(
        [sys.executable, str(program), any_server.url, text, str(has_arrived)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for(lambda: len(any_server.visits) == 2 or process.poll() is not None)
        has_arrived.touch()
        said = process.communicate()

    assert said == (f"{text!r} and 0 sockets left\n", "")
    assert any_server.visits[1].hung_up.wait(PATIENCE_SECONDS)
    assert any_server.connections == 1
