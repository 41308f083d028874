"""The list of chats reads as much of the database with many chats as with few. Runs on both databases."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from chat.models import Conversation, Message, Reply, User
from chat.pages.sidebar import Place, with_marks
from tests.django_client import HTMX, Person

pytestmark = pytest.mark.database

FEW, MANY = 100, 3_000


@pytest.fixture
def reader(alice) -> Person:
    alice.signs_in()
    return alice


def has_chats(user: User, number: int) -> None:
    """Some pinned, deleted or temporary; each with an answered question."""
    now = timezone.now()
    chats = Conversation.objects.bulk_create(
        Conversation(
            user=user,
            title=f"Chat {place}",
            model="x/y",
            updated_at=now - timedelta(minutes=place),
            pinned_at=now - timedelta(minutes=place) if place % 10 == 1 else None,
            deleted_at=now if place % 50 == 2 else None,
            is_temporary=place % 50 == 3,
        )
        for place in range(number)
    )
    messages = Message.objects.bulk_create(
        Message(conversation=chat, role=role, text="x") for chat in chats for role in ("user", "assistant")
    )
    answers = (message for message in messages if message.role == "assistant")
    Reply.objects.bulk_create(
        Reply(message=message, model="x/y", state="complete", finished_at=now, max_completion_tokens=1)
        for message in answers
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def work_of(person: Person, address: str) -> int:
    """Steps of SQLite's machine, or rows that PostgreSQL goes through, for all that a page asks."""
    here = {**HTMX, "HX-Current-URL": "http://localhost/"}
    person.client.get(address, headers=here)  # what is due is taken away
    with _Counting() as counting, connection.execute_wrapper(counting):
        assert person.client.get(address, headers=here).status_code == 200
    return counting.total


class _Counting:
    def __init__(self) -> None:
        self.total = 0

    def __enter__(self) -> "_Counting":
        if isinstance(connection.connection, sqlite3.Connection):
            connection.connection.set_progress_handler(self._step, 10)
        return self

    def __exit__(self, *_: object) -> None:
        if isinstance(connection.connection, sqlite3.Connection):
            connection.connection.set_progress_handler(None, 0)

    def _step(self) -> int:
        self.total += 10
        return 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if connection.vendor == "postgresql" and sql.startswith("SELECT"):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                ((plans,),) = cursor.fetchall()
            self.total += sum(_rows(plans[0]["Plan"]))
        return execute(sql, params, many, context)


def _rows(plan: dict[str, Any]) -> Iterator[int]:
    if "Scan" in plan["Node Type"]:
        each = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        yield each * plan["Actual Loops"]
    for below in plan.get("Plans", []):
        yield from _rows(below)


def addresses() -> list[str]:
    """The beginning of the list, and places far down in it."""
    pinned = Conversation.objects.filter(pinned_at__isnull=False).order_by("-pinned_at")[5]
    listed = Conversation.objects.filter(pinned_at=None, is_temporary=False).order_by("-updated_at")[30]
    return ["/chats/", *(f"/chats/?after={Place.of(chat)}" for chat in (pinned, listed))]


def test_many_chats_cost_no_more_than_few(reader):
    has_chats(reader.user, FEW)
    before = [work_of(reader, address) for address in addresses()]
    has_chats(reader.user, MANY)
    after = [work_of(reader, address) for address in addresses()]

    # PostgreSQL reads small tables whole, so there the rows are compared with how many there are.
    most = [MANY // 2] * 3 if connection.vendor == "postgresql" else [3 * few for few in before]
    assert all(0 < work <= limit for work, limit in zip(after, most, strict=True)), (before, after)


def test_no_answer_is_read_only_what_indexes_have_of_it(reader):
    """`finished_at` comes after the texts in a row, through which SQLite walks to get there."""
    if connection.vendor == "postgresql":  # stores long texts elsewhere
        return
    has_chats(reader.user, FEW)

    plan = with_marks(reader.user.conversations.all()).explain().splitlines()
    (ends,) = [step for step in plan if "(message_id=" in step]
    (messages,) = [step for step in plan if "(conversation_id=" in step]
    assert "COVERING INDEX" in ends
    assert "COVERING INDEX" in messages
    assert any("running_replies" in step for step in plan)
