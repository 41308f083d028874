"""Creates the search index and its triggers after each `migrate`, and repairs the rows that are out of date.

Migrations can lose triggers (SQLite recreates altered tables) or be blocked by them (on both databases), so the
triggers are dropped before migrations and created again afterwards; then rows that changed in between are repaired.
`migrate` runs at each start, so an interrupted migration repairs itself, and an interrupted repair is repeated. Folding
and indexing: backlog.py.
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
UNFINISHED = "chat_findable_unrepaired"  # a table that is there while rows are repaired, so that it can be resumed

# Messages and titles that are missing or outdated in chat_findable, ordered by id: each query begins after the last id.
STALE_MESSAGES = """SELECT m.id FROM chat_message m LEFT JOIN chat_findable f ON f.message_id = m.id
    WHERE {after} AND CASE WHEN m.deleted_at IS NULL
        THEN COALESCE(f.text, '') <> m.text OR EXISTS (SELECT 1 FROM chat_attachment a WHERE a.message_id = m.id)
            OR EXISTS (SELECT 1 FROM chat_messagefile p WHERE p.message_id = m.id)
        ELSE f.id IS NOT NULL END
    ORDER BY m.id LIMIT {batch}"""
STALE_TITLES = """SELECT c.id FROM chat_conversation c
    LEFT JOIN chat_findable f ON f.conversation_id = c.id AND f.kind = 'title'
    WHERE {after} AND (f.id IS NULL OR f.text <> c.title) ORDER BY c.id LIMIT {batch}"""
DELETE_ORPHANS = """DELETE FROM chat_findable WHERE
    NOT EXISTS (SELECT 1 FROM chat_conversation c WHERE c.id = conversation_id)
    OR message_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM chat_message m WHERE m.id = message_id)"""


def engine_for(connection: BaseDatabaseWrapper) -> ModuleType:
    return postgresql if connection.vendor == "postgresql" else sqlite


def drop_index(*, using: str, plan: list[Any] | None = None, **_: Any) -> None:
    """Drop the triggers before migrations, if there are any to apply; a handler of pre_migrate."""
    connection = connections[using]
    if plan and "chat_findable" in connection.introspection.table_names():
        with connection.cursor() as cursor:
            engine_for(connection).drop_source_triggers(cursor)
            if any(is_backwards for _, is_backwards in plan):  # older versions do not have this index
                engine_for(connection).drop_index(cursor)


def create_index(*, using: str, **_: Any) -> None:
    """Create what is missing after `migrate`; a handler of post_migrate. It takes three queries if nothing is."""
    connection = connections[using]
    engine = engine_for(connection)
    with connection.cursor() as cursor:
        is_whole = engine.has_source_triggers(cursor) and engine.has_index(cursor)
        if is_whole and UNFINISHED not in connection.introspection.table_names(cursor):
            return
        if not _has_table(connection, cursor):
            return  # migrated back to an older version
    ensure_index(connection)


def _has_table(connection: BaseDatabaseWrapper, cursor: CursorWrapper) -> bool:
    if "chat_findable" not in connection.introspection.table_names(cursor):
        return False
    columns = connection.introspection.get_table_description(cursor, "chat_findable")
    return any(column.name == "folded" for column in columns)


def ensure_index(connection: BaseDatabaseWrapper) -> int:
    """Create missing triggers and index, and repair outdated rows; return how many rows were repaired."""
    engine = engine_for(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {UNFINISHED} (id INTEGER)")
        engine.create_source_triggers(cursor)
    repaired = repair_rows(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if not engine.has_index(cursor):
            engine.create_index(cursor)
        cursor.execute(f"DROP TABLE IF EXISTS {UNFINISHED}")
    return repaired


def rebuild(connection: BaseDatabaseWrapper) -> int:
    """Delete and create the whole index. Nothing can be found until `backlog` has indexed the texts again."""
    engine = engine_for(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        engine.drop_index(cursor)
        cursor.execute("DELETE FROM chat_findable")
    return ensure_index(connection)


def repair_rows(connection: BaseDatabaseWrapper) -> int:
    """Delete, add and update rows of chat_findable where they are wrong; return how many."""
    engine = engine_for(connection)
    with connection.cursor() as cursor:
        cursor.execute(DELETE_ORPHANS)
        repaired: int = max(cursor.rowcount, 0)
    for query, refresh in ((STALE_MESSAGES, engine.refresh_messages), (STALE_TITLES, engine.refresh_titles)):
        repaired += sum(_refresh_stale(connection, query, refresh))
    return repaired


def _refresh_stale(
    connection: BaseDatabaseWrapper, query: str, refresh: Callable[[CursorWrapper, list[Any]], None]
) -> Iterator[int]:
    last = None
    while True:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            table = "m" if query is STALE_MESSAGES else "c"
            after = f"{table}.id > %s" if last else "1 = 1"
            cursor.execute(query.format(after=after, batch=BATCH), [last] if last else [])
            ids = [row[0] for row in cursor.fetchall()]
            refresh(cursor, ids)
        yield len(ids)
        if len(ids) < BATCH:
            return
        last = ids[-1]
