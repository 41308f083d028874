"""What one person asks for must not be felt by another who reads: all of a worker share one loop."""

import io
import sqlite3
import threading

import pytest
from PIL import Image

from tests.bench.rendering import SHAPES
from tests.http_client import Visitor
from tests.site import Site
from tests.standin.wire import DONE, Wire

FRAMES_WHILE_LOCKED = 8  # they come for less than the 20 s for which the site waits for a lock
MOST_ON_LOOP = 0.5  # measured: 0.05 to 0.25; work on the loop makes it 0.65 to 1
wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


@pytest.mark.parametrize("shape", ["mixed", "one table", "one list"])
def test_a_long_answer_that_comes_at_once_is_typeset_in_a_python_thread(bob, worker, one_standin, shape):
    chunk = wire.text(SHAPES[shape](300_000))  # the longest time in one piece: 1.3 s for the table

    def reads_until_it_shows():
        one_standin.answers_raw([chunk], end="hang")
        stream = bob.asks("A long one, please.")
        assert any(b"hx-target" in piece for piece in bob.reads(stream))
        stream.close()

    assert worker.share_on_loop(reads_until_it_shows) < MOST_ON_LOOP


def test_code_made_to_be_slow_is_coloured_in_another_process(bob, worker, one_standin):
    trap = "a\n" * 9_000  # 0.3 s of CPU until it is given up
    blocks = [f"```csharp\n{number}\n{trap}```\n\n" for number in range(4)]
    one_standin.answers_raw([*map(wire.text, blocks), wire.chunk({}, "stop"), DONE])
    before, children_before = worker.seconds(), worker.seconds_of_children()

    assert sum(b"csharp" in piece for piece in bob.reads(bob.asks("Some C#, please.")))
    assert worker.seconds() - before < worker.seconds_of_children() - children_before


def test_code_is_coloured_also_when_a_thread_in_a_python_thread_asks_first(tmp_path, one_standin):
    """That begins the helper, which gevent's own `posix_spawn` cannot do there."""
    answer = wire.text("```python\nprint(1)\n```\n\n" + "Some words.\n\n" * 3_000)
    with Site(tmp_path, openrouter_url=one_standin.url) as site, Visitor(site, one_standin) as carol:
        one_standin.answers_raw([answer, wire.chunk({}, "stop"), DONE])
        shown = b"".join(carol.reads(carol.asks("Some Python, please.")))

        assert b'<span class="mi">1</span>' in shown
        assert "Traceback" not in site.log()


def test_photographs_are_prepared_in_another_thread(bob, worker):
    photograph = io.BytesIO()
    noise = Image.effect_noise((1000, 750), 60).convert("RGB").resize((4000, 3000))
    noise.save(photograph, "JPEG", quality=85)
    images = [("images", (f"{number}.jpg", photograph.getvalue())) for number in range(4)]

    assert worker.share_on_loop(lambda: bob.sends("[[say Nice.]]", files=images)) < MOST_ON_LOOP


def test_a_locked_database_delays_only_who_writes(bob, bystander, folder):
    """As a backup, a migration or another worker does it."""
    database = sqlite3.connect(folder / "data" / "potluck.sqlite3", isolation_level=None)
    sent: list[str] = []
    sending = threading.Thread(target=lambda: sent.append(bob.sends("[[say Hello.]]")))

    database.execute("BEGIN EXCLUSIVE")
    sending.start()
    bystander.waits_for(FRAMES_WHILE_LOCKED)
    assert not sent, "it did not wait for the lock, so nothing was tested"
    database.execute("ROLLBACK")
    database.close()
    sending.join()

    assert sent


@pytest.mark.parametrize(("sign", "text"), [("面", "x" * 5_000_000), ("風", " ".join(map(str, range(150_000))))])
def test_a_long_text_is_folded_and_indexed_in_other_threads(bob, worker, folder, sign, text):
    """By the first search after it was written: one takes long to fold, the other to index."""
    list(bob.reads(bob.asks(f"[[say {sign}]]")))  # to the end: what asks for an answer would read the text, too
    assert "1 chat" in bob.looks_at(f"/search/?q={sign}").text
    with sqlite3.connect(folder / "data" / "potluck.sqlite3", timeout=20) as database:
        which = (f"{text} {sign}", f"[[say {sign}]]")
        database.execute("UPDATE chat_message SET text = ? WHERE text = ? AND role = 'user'", which)
    database.close()

    assert worker.share_on_loop(lambda: bob.looks_at(f"/search/?q={sign}")) < MOST_ON_LOOP
