"""A locked SQLite file is waited for, and nobody else has to wait with whoever does."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from chat.models import CatalogueSnapshot
from webapp.environment import BASE_DIR
from webapp.sqlite3.base import MAX_IDLE, DatabaseWrapper

connection: Any = connections["default"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite is what this is about"),
]


@pytest.fixture
def somebody() -> Iterator[sqlite3.Connection]:
    """Another connection to the same file."""
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    other.execute("SELECT count(*) FROM django_migrations")
    yield other
    other.close()


@pytest.fixture
def _hasty() -> Iterator[None]:
    connection.ensure_connection()
    timeout, connection.timeout_seconds = connection.timeout_seconds, 0.05
    yield
    connection.timeout_seconds = timeout


@contextmanager
def writing(other: sqlite3.Connection, *, seconds: float) -> Iterator[None]:
    other.execute("BEGIN IMMEDIATE")
    end = threading.Timer(seconds, other.execute, ["COMMIT"])
    end.start()
    yield
    end.join()


def write() -> None:
    CatalogueSnapshot.objects.create(items=[])


def write_in_a_transaction() -> None:
    with transaction.atomic():
        write()


@pytest.mark.parametrize("work", [write, write_in_a_transaction])
def test_a_writer_waits_for_the_lock(somebody, work):
    with writing(somebody, seconds=0.2):
        work()

    assert CatalogueSnapshot.objects.count() == 1


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("work", [write, write_in_a_transaction])
def test_patience_ends(somebody, work):
    somebody.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="database is locked"):
        work()
    somebody.execute("ROLLBACK")

    work()


def test_a_reader_does_not_wait(somebody):
    somebody.execute("BEGIN IMMEDIATE")
    assert CatalogueSnapshot.objects.count() == 0
    somebody.execute("ROLLBACK")


def test_the_wait_is_never_in_c():
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (0,)
    assert connection.timeout_seconds == 20


def test_what_a_transaction_did_is_not_done_twice(somebody, settings):
    """Without IMMEDIATE a reader that turns writer may have to begin again, which only its author can."""
    connection.ensure_connection()
    connection.transaction_mode = None
    try:
        began = time.monotonic()
        with transaction.atomic():
            CatalogueSnapshot.objects.count()
            somebody.execute("PRAGMA user_version = 1")
            with pytest.raises(OperationalError, match="database is locked"):
                write()
            transaction.set_rollback(True)
        assert time.monotonic() - began < 10, "it waited for what cannot come"
    finally:
        connection.transaction_mode = "IMMEDIATE"


UNDER_GEVENT = """
from gevent import monkey
monkey.patch_all()
import os, tempfile, time
import django, gevent
from django.conf import settings

file = os.path.join(tempfile.mkdtemp(), "db.sqlite3")
settings.configure(DATABASES={"default": {
    "ENGINE": "webapp.sqlite3", "NAME": file,
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL"},
}})
django.setup()
from django.db import connection, transaction

def run(statement):
    with connection.cursor() as cursor:
        return cursor.execute(statement).fetchall()

run("CREATE TABLE said (word text)")
"""


def test_greenlets_of_one_process_wait_for_each_other():
    """The first holds the lock and lets others run: a second that waited in C would keep it from ever going on."""
    program = """
def first():
    with transaction.atomic():
        run("INSERT INTO said VALUES ('first')")
        time.sleep(0.2)
        order.append("first")

def second():
    order.append("second begins")
    with transaction.atomic():
        order.append("second")
        run("INSERT INTO said VALUES ('second')")

order = []
gevent.joinall([gevent.spawn(first), gevent.spawn(second)], raise_error=True)
print(order, run("SELECT word FROM said"))
"""
    done = subprocess.run(
        [sys.executable, "-c", UNDER_GEVENT + program], cwd=BASE_DIR, capture_output=True, text=True, timeout=50
    )

    assert done.stderr == ""
    assert done.stdout == "['second begins', 'first', 'second'] [('first',), ('second',)]\n"


def test_opening_waits_for_whoever_repairs_the_file(tmp_path: Path):
    """After a crash the first to come holds the file alone for a moment; also reading has to wait then."""
    file = tmp_path / "db.sqlite3"
    alone = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    alone.executescript("PRAGMA journal_mode=WAL; PRAGMA locking_mode=EXCLUSIVE; CREATE TABLE said (word);")
    end = threading.Timer(0.2, alone.close)
    end.start()
    try:
        opened = DatabaseWrapper({**connection.settings_dict, "NAME": str(file)}, "other")
        with opened.cursor() as cursor:
            assert cursor.execute("SELECT * FROM said").fetchall() == []
        opened.close()
    finally:
        end.join()


def another(file: Path) -> DatabaseWrapper:
    return DatabaseWrapper({**connection.settings_dict, "NAME": str(file)}, "other")


def test_a_closed_connection_serves_the_next(tmp_path: Path):
    first, second = another(tmp_path / "db.sqlite3"), another(tmp_path / "db.sqlite3")
    first.ensure_connection()
    underneath: Any = first.connection
    first.close()
    second.ensure_connection()

    assert second.connection is underneath
    assert first.connection is None
    second.close()


def test_one_that_is_in_a_transaction_does_not(tmp_path: Path):
    first, second = another(tmp_path / "db.sqlite3"), another(tmp_path / "db.sqlite3")
    with first.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
    first.close()
    with second.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("ROLLBACK")
    second.close()


def test_only_a_few_stay_open(tmp_path: Path):
    all_of_them = [another(tmp_path / "db.sqlite3") for _ in range(MAX_IDLE + 3)]
    for each in all_of_them:
        each.ensure_connection()
    underneath = {each.connection for each in all_of_them}
    for each in all_of_them:
        each.close()
    again = [another(tmp_path / "db.sqlite3") for _ in range(MAX_IDLE + 3)]
    for each in again:
        each.ensure_connection()

    assert len(underneath & {each.connection for each in again}) == MAX_IDLE
    for each in again:
        each.close()
