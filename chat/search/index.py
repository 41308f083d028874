"""Keeping the index: it stands after each `migrate`, and holds what there is to find.

Migrations lose triggers (SQLite makes altered tables anew) or are stopped by them (SQLite and PostgreSQL alike), so
they are taken down before and made again afterwards; then what changed meanwhile is looked for. `migrate` runs at each
start, so a site on which that was interrupted mends itself. The words of texts are not made here: backlog.py.
"""

import logging
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from chat.search import postgresql, sqlite

logger = logging.getLogger(__name__)

BATCH = 500  # texts in one transaction

# What is not, or not rightly, in chat_findable. Identifiers in order, so that each question goes on after the last.
WRONG_MESSAGES = """SELECT m.id FROM chat_message m LEFT JOIN chat_findable f ON f.message_id = m.id
    WHERE {after} AND CASE WHEN m.deleted_at IS NULL
        THEN COALESCE(f.text, '') <> m.text OR EXISTS (SELECT 1 FROM chat_attachment a WHERE a.message_id = m.id)
        ELSE f.id IS NOT NULL END
    ORDER BY m.id LIMIT {batch}"""
WRONG_TITLES = """SELECT c.id FROM chat_conversation c
    LEFT JOIN chat_findable f ON f.conversation_id = c.id AND f.kind = 'title'
    WHERE {after} AND (f.id IS NULL OR f.text <> c.title) ORDER BY c.id LIMIT {batch}"""
GONE = """DELETE FROM chat_findable WHERE
    NOT EXISTS (SELECT 1 FROM chat_conversation c WHERE c.id = conversation_id)
    OR message_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM chat_message m WHERE m.id = message_id)"""


def engine_of(connection: BaseDatabaseWrapper) -> ModuleType:
    return postgresql if connection.vendor == "postgresql" else sqlite


def drop_index(*, using: str, plan: list[Any] | None = None, **_: Any) -> None:
    """Before migrations that do something."""
    connection = connections[using]
    if plan and "chat_findable" in connection.introspection.table_names():
        with connection.cursor() as cursor:
            engine_of(connection).drop_sources(cursor)
            if any(is_backwards for _, is_backwards in plan):  # an older version knows nothing of this index
                engine_of(connection).drop_words(cursor)


def create_index(*, using: str, **_: Any) -> None:
    """After `migrate`. Costs one question when all is in place."""
    connection = connections[using]
    engine = engine_of(connection)
    with connection.cursor() as cursor:
        if engine.has_sources(cursor) and engine.has_words(cursor):
            return
        if not _is_there(connection, cursor):
            return  # on the way back to an older version
    restore(connection)


def _is_there(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> bool:
    if "chat_findable" not in connection.introspection.table_names(cursor):
        return False
    columns = connection.introspection.get_table_description(cursor, "chat_findable")
    return any(column.name == "folded" for column in columns)


def restore(connection: BaseDatabaseWrapper) -> int:
    """Make what is missing of triggers and index, then mend what is wrong; return how many texts that were."""
    engine = engine_of(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        engine.make_sources(cursor)
    mended = repair(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if not engine.has_words(cursor):
            engine.make_words(cursor)
    return mended


def rebuild(connection: BaseDatabaseWrapper) -> int:
    """All of it anew, but for the words: nothing is found until those are caught up with."""
    engine = engine_of(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        engine.drop_words(cursor)
        cursor.execute("DELETE FROM chat_findable")
    return restore(connection)


def repair(connection: BaseDatabaseWrapper) -> int:
    engine = engine_of(connection)
    with connection.cursor() as cursor:
        cursor.execute(GONE)
        mended: int = max(cursor.rowcount, 0)
    for question, refresh in ((WRONG_MESSAGES, engine.refresh_messages), (WRONG_TITLES, engine.refresh_titles)):
        mended += sum(_refreshed(connection, question, refresh))
    return mended


def _refreshed(
    connection: BaseDatabaseWrapper, question: str, refresh: Callable[[CursorWrapper, list[Any]], None]
) -> Iterator[int]:
    last = None
    while True:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            table = "m" if question is WRONG_MESSAGES else "c"
            after = f"{table}.id > %s" if last else "1 = 1"
            cursor.execute(question.format(after=after, batch=BATCH), [last] if last else [])
            ids = [row[0] for row in cursor.fetchall()]
            refresh(cursor, ids)
        yield len(ids)
        if len(ids) < BATCH:
            return
        last = ids[-1]
