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

FRAMES_WHILE_LOCKED = 15
ATTEMPTS = 3  # the machine has other things to do as well
ENOUGH = 0.2  # of what comes otherwise: where the work holds up the loop it is 0.1, and 0.3 to 0.7 where it does not
wire = Wire("gen-1", 1_790_000_000, "openai/gpt-5.4-mini", "OpenAI")


def best_share(work, bystander) -> float:
    """How much of what the bystander reads comes while the work is done, at best."""
    shares: list[float] = []
    while len(shares) < ATTEMPTS and max(shares, default=0) < ENOUGH:
        shares.append(bystander.share_during(work))
    return max(shares)


@pytest.mark.parametrize("shape", ["mixed", "one table", "one list"])
def test_a_long_answer_that_comes_at_once_is_typeset_in_a_python_thread(bob, bystander, one_standin, shape):
    chunk = wire.text(SHAPES[shape](300_000))  # the longest time in one piece: 1.3 s for the table

    def reads_until_it_shows():
        one_standin.answers_raw([chunk], end="hang")
        stream = bob.asks("A long one, please.")
        assert any(b"hx-target" in piece for piece in bob.reads(stream))
        stream.close()

    assert best_share(reads_until_it_shows, bystander) > ENOUGH


def test_code_made_to_be_slow_is_coloured_in_another_process(bob, bystander, one_standin):
    trap = "a\n" * 9_000  # 0.3 s of CPU until it is given up
    blocks = [f"```csharp\n{number}\n{trap}```\n\n" for number in range(12)]

    def reads_the_answer():
        one_standin.answers_raw([*map(wire.text, blocks), wire.chunk({}, "stop"), DONE])
        assert sum(b"csharp" in piece for piece in bob.reads(bob.asks("Some C#, please.")))

    assert best_share(reads_the_answer, bystander) > ENOUGH


def test_code_is_coloured_also_when_a_thread_in_a_python_thread_asks_first(tmp_path, one_standin):
    """That begins the helper, which gevent's own `posix_spawn` cannot do there."""
    answer = wire.text("```python\nprint(1)\n```\n\n" + "Some words.\n\n" * 3_000)
    with Site(tmp_path, openrouter_url=one_standin.url) as site, Visitor(site, one_standin) as carol:
        one_standin.answers_raw([answer, wire.chunk({}, "stop"), DONE])
        shown = b"".join(carol.reads(carol.asks("Some Python, please.")))

        assert b'<span class="mi">1</span>' in shown
        assert "Traceback" not in site.log()


def test_photographs_are_prepared_in_a_python_thread(bob, bystander):
    photograph = io.BytesIO()
    noise = Image.effect_noise((1000, 750), 60).convert("RGB").resize((4000, 3000))
    noise.save(photograph, "JPEG", quality=85)
    images = [("images", (f"{number}.jpg", photograph.getvalue())) for number in range(4)]

    assert best_share(lambda: bob.sends("[[say Nice.]]", files=images), bystander) > ENOUGH


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


def test_a_long_search_is_made_in_a_python_thread(bob, bystander, folder):
    """Without spaces between words there is no index of them: all the person's texts are looked through."""
    parts = [f"面{number}" for number in range(10, 21)]
    bob.sends("[[say Nice.]]")
    with sqlite3.connect(folder / "data" / "potluck.sqlite3", timeout=20) as database:
        text = "x" * 8_000_000 + " ".join(parts)
        database.execute("UPDATE chat_message SET text = ? WHERE text LIKE '%Nice.%' AND role = 'user'", [text])
    database.close()

    def searches():
        assert "没有" not in bob.looks_at("/search/?q=" + "+".join([*parts, "没有"])).text.partition("found")[2]

    assert best_share(searches, bystander) > ENOUGH
