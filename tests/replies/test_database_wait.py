"""A database that is away for a moment fails no answer, before its first request and between two."""

import threading
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.utils import CursorWrapper

from chat.models import Reply
from chat.replies import finish, live
from tests.django_client import Page, Person
from tests.replies.tool_calls import bodies, call


class Failures:
    """Statements of the threads that make replies, each of which fails once, or as long as the database is away."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.is_away = False
        self._execute = CursorWrapper.execute

    def execute(self, cursor: CursorWrapper, sql: str, params: Any = None) -> Any:
        if threading.current_thread().name.startswith("reply ") and (self.is_away or sql not in self.seen):
            self.seen.add(sql)
            raise OperationalError("away")
        return self._execute(cursor, sql, params)


@pytest.fixture
def failures(monkeypatch) -> Failures:
    monkeypatch.setattr(finish, "MIN_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(finish, "MAX_PAUSE_SECONDS", 0.02)
    failures = Failures()
    monkeypatch.setattr(CursorWrapper, "execute", lambda cursor, *args: failures.execute(cursor, *args))
    return failures


def asks(alice: Person, text: str, chat: Any) -> Page:
    alice.sends(text, chat=chat)
    alice.standin.wait_for(lambda: not live.running())
    return alice.looks_at(chat)


def test_each_statement_may_fail_and_the_answer_is_complete_and_paid_once(alice, tool_chat, failures):
    before = len(bodies(alice))
    page = asks(alice, call(rounds=2), tool_chat)

    assert page.state == "complete"
    assert page.text.endswith("The tools returned: 42 and 42.")
    assert len(bodies(alice)) - before == 3
    assert len(failures.seen) > 5


def test_a_rejected_key_is_known_as_one(alice, tool_chat, failures):
    alice.standin.answers(401)
    asks(alice, "?", tool_chat)

    assert alice.latest_reply().error_kind == "key_rejected"
    alice.user.stored_key.refresh_from_db()
    assert alice.user.stored_key.rejected_at


def test_stop_ends_the_wait_and_nothing_is_sent(alice, tool_chat, failures):
    before = len(bodies(alice))
    failures.is_away = True
    alice.sends("[[say Hello]]", chat=tool_chat)
    alice.standin.wait_for(lambda: failures.seen)
    live.running()[0].stop()
    failures.is_away = False
    alice.standin.wait_for(lambda: not live.running())

    assert alice.latest_reply().state == Reply.State.STOPPED
    assert len(bodies(alice)) == before
