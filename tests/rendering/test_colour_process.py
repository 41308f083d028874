"""Code is coloured in a process of its own, which can hang, die and be flooded without anybody's harm."""

import os
import re
import signal
import sys
import threading
import time
from html import unescape
from pathlib import Path
from time import thread_time

import pytest

from chat.rendering import highlighter
from chat.rendering.code import MAX_HIGHLIGHTED_CHARS
from chat.rendering.highlighter import coloured
from chat.rendering.highlighter_process import DRAWN
from chat.rendering.markdown import render

CSS = Path(__file__).parents[2] / "static" / "css" / "chat" / "code.css"
NUMBER = '<span class="mi">1</span>'

# What takes seconds to years in the lexers of Pygments 2.21, and what is merely odd.
SLOW = [
    ("easytrieve", "\t"),
    ("lilypond", "else"),
    ("autohotkey", "\n"),
    ("mcschema", "<!--"),
    ("gherkin", " \n"),
    ("autoit", "\n"),
    ("csharp", "a\n"),
    ("java", "\n"),
    ("c", "\n"),
    ("markdown", "\n"),
]
ODD = [("python", "f'{"), ("html", "<script>"), ("js", "`${"), ("perl", "s{"), ("bash", "$(("), ("ruby", "<<a\n")]


@pytest.fixture(autouse=True)
def nothing_is_known_to_be_slow():
    highlighter._too_slow.clear()


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Another program in place of the helper's; it gets a request as `asker`."""

    def runs(body: str) -> None:
        source = "import os, socket, time\ncontrol = socket.socket(fileno=3)\n"
        source += "while (found := socket.recv_fds(control, 1, 1)[1]):\n"
        source += f"    asker = socket.socket(fileno=found[0])\n    {body}\n    asker.close()\n"
        (tmp_path / "helper.py").write_text(source)
        monkeypatch.setattr(highlighter, "PROGRAM", tmp_path / "helper.py")
        highlighter.end()

    yield runs
    highlighter.end()


def repeated(piece: str, chars: int = MAX_HIGHLIGHTED_CHARS) -> str:
    return (piece * (chars // len(piece) + 1))[:chars]


def words(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def wait_until_gone(pid: int) -> None:
    give_up_at = time.monotonic() + 60
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        assert time.monotonic() < give_up_at, "it has not ended"
        time.sleep(0.01)


@pytest.mark.parametrize(("language", "piece"), SLOW)
def test_what_a_lexer_takes_too_long_for_stays_plain_and_costs_this_process_nothing(language, piece):
    source = repeated(piece)
    begun = thread_time()

    assert coloured(source, language) is None
    assert thread_time() - begun < 0.1  # of this thread's own; the lexers would take a third of a second and more


@pytest.mark.parametrize(("language", "piece"), ODD)
def test_odd_code_keeps_each_of_its_characters(language, piece):
    source = repeated(piece, 3_000)

    assert words(coloured(source, language) or source) == source


def test_what_was_too_slow_once_is_not_tried_again(monkeypatch):
    source = repeated("\t")
    assert coloured(source, "easytrieve") is None
    monkeypatch.setattr(highlighter, "_answer_to", lambda request: pytest.fail("it was tried again"))

    assert coloured(source, "easytrieve") is None


def test_a_slow_text_does_not_take_the_colours_of_others():
    coloured(repeated("\t"), "easytrieve")

    assert coloured("1", "python") == NUMBER


def test_a_helper_that_was_killed_is_begun_again():
    assert coloured("1", "python") == NUMBER
    os.kill(highlighter._helpers[-1]._pid, signal.SIGKILL)

    assert coloured("1", "python") == NUMBER


def test_a_helper_that_hangs_is_killed(program, monkeypatch):
    monkeypatch.setattr(highlighter, "SECONDS_FOR_ONE", 0.1)
    program("asker.sendall(b'b'); time.sleep(1000)")

    assert coloured("1", "python") is None
    wait_until_gone(highlighter._helpers[-1]._pid)


@pytest.mark.parametrize("body", ["os._exit(1)", "asker.sendall(b'b'); os._exit(1)", "asker.sendall(b'bs')"])
def test_a_helper_that_dies_or_refuses_leaves_code_plain(program, body):
    program(body)

    assert "<code>1\n</code>" in render("```python\n1\n```")


def test_without_a_helper_code_is_plain(monkeypatch, caplog):
    highlighter.end()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    assert coloured("1", "python") is None
    assert "Code could not be highlighted" in caplog.text


def test_many_ask_at_once_and_each_gets_its_own():
    answers: dict[int, str | None] = {}

    def ask(number: int) -> None:
        answers[number] = coloured(f"{number}", "python")

    asking = [threading.Thread(target=ask, args=[number]) for number in range(50)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    assert answers == {number: f'<span class="mi">{number}</span>' for number in range(50)}


def test_one_who_waits_behind_a_text_that_kills_gets_colours(program, tmp_path):
    """The first helper dies of its first text; the second request was in its queue."""
    is_first = tmp_path / "first"
    is_first.touch()
    program(
        f"asker.recv(99); first = os.path.exists({str(is_first)!r}); first and os.remove({str(is_first)!r});"
        " asker.sendall(b'b'); first and (time.sleep(1), os._exit(1)); asker.sendall(b'cfine')"
    )
    answers: list[str | None] = []
    asking = [threading.Thread(target=lambda: answers.append(coloured("1", "python"))) for _ in range(2)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    assert sorted(answers, key=str) == [None, "fine"]


def test_it_has_none_of_the_sites_secrets_and_files(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "not for others")
    held = os.dup(0)
    os.set_inheritable(held, True)
    highlighter.end()
    coloured("1", "python")
    about = Path(f"/proc/{highlighter._helpers[-1]._pid}")

    assert b"not for others" not in (about / "environ").read_bytes()
    assert {int(entry.name) for entry in (about / "fd").iterdir()} == {0, 1, 2, 3}
    os.close(held)


def test_it_ends_with_the_site():
    coloured("1", "python")
    pid = highlighter._helpers[-1]._pid
    highlighter.end()

    wait_until_gone(pid)


def test_it_marks_what_the_stylesheet_draws_and_nothing_else():
    drawn = {
        name for rule in re.findall(r"\.code :is\(([^)]*)\)", CSS.read_text()) for name in re.findall(r"\w+", rule)
    }

    assert drawn | {"ge"} == DRAWN
    assert coloured("a = b + 1", "python") == f"a = b + {NUMBER}"
