"""`python -m webapp` and `manage.py`: what is wrong is told in one sentence, without a traceback, with exit code 2."""

import fcntl
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from django.db import OperationalError, connection

from tests.settings import SITE_VARIABLES
from tests.site import free_port
from webapp import database_problems, start
from webapp.environment import BASE_DIR
from webapp.sqlite3.base import DatabaseWrapper

SERVE, COMMAND = ["-m", "webapp"], ["manage.py", "rotate_keys"]
# root may write anywhere, so it gives that up.
WITHOUT_POWERS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.getuid() == 0 else []


def run(
    what: list[str], folder: Path, *, through: Sequence[str] = (), **settings: str
) -> subprocess.CompletedProcess[str]:
    """In an environment of its own."""
    ours = dict.fromkeys(SITE_VARIABLES, "") | {"DATA_DIR": str(folder), "PORT": str(free_port())} | settings
    return subprocess.run(
        [*through, sys.executable, *what],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], **ours},
        capture_output=True,
        text=True,
        timeout=170,
    )


def refuses(result: subprocess.CompletedProcess[str]) -> str:
    """The sentence, which is all that it says."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.endswith(".\n") or " -c " in result.stderr
    return result.stderr.strip()


@pytest.mark.parametrize("what", [SERVE, COMMAND], ids=["serve", "command"])
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("GRACE_SECONDS", "soon"),
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", "mysql://a:b@c/d"),
        ("DATABASE_URL", "postgres://somebody:secret-word@127.0.0.1:1/potluck"),
        ("DATABASE_URL", "postgres://somebody@127.0.0.1/potluck?no_such_option=1"),
        ("DATABASE_URL", "postgres://somebody:secret-word@name.invalid/potluck"),
        ("DATABASE_URL", "sqlite:////not/there/potluck.sqlite3"),
        ("DATABASE_URL", f"sqlite:///{BASE_DIR}/README.md"),
        ("DATA_DIR", "/proc/potluck"),
        ("DATA_DIR", f"{BASE_DIR}/README.md"),
    ],
)
def test_a_bad_setting(tmp_path, what, setting, value):
    said = refuses(run(what, tmp_path / "data", **{setting: value}))

    assert said.startswith(f"{setting} must be ")
    assert "secret-word" not in said


@pytest.mark.parametrize(("setting", "value"), [("WEB_CONCURRENCY", "x"), ("HOST", "192.0.2.1"), ("HOST", "a..b")])
def test_what_only_the_server_reads(tmp_path, setting, value):
    assert refuses(run(SERVE, tmp_path / "data", **{setting: value})).startswith(f"{setting} must be ")


@pytest.mark.parametrize("what", [SERVE, COMMAND], ids=["serve", "command"])
def test_a_folder_that_cannot_be_written_to(tmp_path, what):
    (tmp_path / "data").mkdir(mode=0o555)

    assert "DATA_DIR must be a folder that this user can write to" in refuses(
        run(what, tmp_path / "data", through=WITHOUT_POWERS)
    )


@pytest.mark.parametrize("what", [SERVE, COMMAND], ids=["serve", "command"])
def test_secrets_that_cannot_be_read(tmp_path, what):
    (tmp_path / "secrets.json").mkdir()

    assert "secrets.json cannot be read or created" in refuses(run(what, tmp_path))


def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        said = refuses(run(SERVE, tmp_path / "data", PORT=port))

    assert said == f"PORT must be free, but {port} is used by another program."
    assert not (tmp_path / "data" / "potluck.sqlite3").exists(), "it is nobody's business yet"


def test_a_command_before_the_first_start(tmp_path):
    assert "Run `manage.py migrate`" in refuses(run(COMMAND, tmp_path / "data"))


@pytest.fixture
def default_interrupt() -> Iterator[None]:
    """What is started in the background of a shell ignores Ctrl+C, and so does all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("default_interrupt")
def test_ctrl_c_while_it_starts(tmp_path):
    """Another process is migrating, so that it takes long enough."""
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "potluck.sqlite3.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ours = dict.fromkeys(SITE_VARIABLES, "") | {"DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port())}
        with subprocess.Popen(
            [sys.executable, *SERVE],
            cwd=BASE_DIR,
            env={"PATH": os.environ["PATH"], **ours},
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                while not has_open(process.pid, "potluck.sqlite3.lock"):
                    assert process.poll() is None, process.stderr.read()
                    time.sleep(0.02)
                process.send_signal(signal.SIGINT)
                assert (process.wait(60), process.stderr.read()) == (130, "")
            finally:
                process.kill()


def test_a_database_that_another_program_has_locked(tmp_path):
    """In this process, where it does not take the 20 seconds for which the site waits."""
    file = tmp_path / "potluck.sqlite3"
    options = {"NAME": str(file), "OPTIONS": {**connection.settings_dict["OPTIONS"], "timeout": 0}}
    ours = DatabaseWrapper({**connection.settings_dict, **options})
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OperationalError) as refusal, ours.wrap_database_errors:
            ours.connect()

    said = database_problems.explain(refusal.value)

    assert said == "The database is locked by another program. Try again when that has finished."


@pytest.mark.parametrize(("workers", "warns"), [(1, False), (2, False), (3, True)])
def test_many_processes_on_sqlite_are_warned_of(workers, warns, caplog):
    start.warn_of_waiting(workers)

    assert ("Use PostgreSQL for more than 2 processes." in caplog.text) is warns


def has_open(pid: int, name: str) -> bool:
    return any(Path(file.path).name == name for file in psutil.Process(pid).open_files())
