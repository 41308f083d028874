"""The search index on SQLite: triggers that write chat_findable, and an FTS5 index of its words.

The words are those of `folding.fold`: FTS5's tokenizer "ascii" only has to split them at spaces. They are stored in
chat_findable alone (`content=`), whose integer key is FTS5's rowid. A message's own rowid would not do, because VACUUM
may change it.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from chat.models import Findable
from chat.offload import in_a_search_thread, is_on_a_loop
from chat.search.folding import ASCII_SIGNS, DOT, Folded
from chat.search.query import Term, TookTooLong

T = TypeVar("T")

SEARCH_TIMEOUT_SECONDS = 3.0
LOCK_TIMEOUT_SECONDS = 5.0  # for the database's write lock
STEPS_BETWEEN_CHECKS = 300  # of SQLite's virtual machine

TEXT = """m.text || COALESCE((SELECT group_concat(char(10) || a.name || char(10) || a.text, '') FROM
    (SELECT name, text FROM chat_attachment WHERE message_id = m.id ORDER BY position) a), '')
    || COALESCE((SELECT group_concat(char(10) || p.name || char(10) || p.text, '') FROM
    (SELECT p.name, COALESCE(f.text, p.address) AS text FROM chat_messagefile p
    LEFT JOIN chat_file f ON f.id = p.file_id WHERE p.message_id = m.id ORDER BY p.position) p), '')"""

# An id has the milliseconds since 1970 and 20 bits to count the texts of each. SQLite has one writer at a time.
_FIRST = "CAST((julianday({moment}) - 2440587.5) * 86400000 AS INTEGER) * 1048576"
_ID = f"COALESCE((SELECT max(id) + 1 FROM chat_findable WHERE id >= {_FIRST} AND id < {_FIRST} + 1048576), {_FIRST})"

REFRESH_MESSAGE = (
    "DELETE FROM chat_findable WHERE message_id = {id}",
    f"""INSERT INTO chat_findable (id, kind, user_id, conversation_id, message_id, text, written_at)
    SELECT {_ID.format(moment="m.created_at")}, 'message', c.user_id, c.id, m.id, {TEXT}, m.created_at
    FROM chat_message m JOIN chat_conversation c ON c.id = m.conversation_id
    WHERE m.id = {{id}} AND m.deleted_at IS NULL AND {TEXT} <> ''""",
)
REFRESH_TITLE = (
    "DELETE FROM chat_findable WHERE conversation_id = {id} AND kind = 'title'",
    f"""INSERT INTO chat_findable (id, kind, user_id, conversation_id, text, written_at)
    SELECT {_ID.format(moment="c.created_at")}, 'title', c.user_id, c.id, c.title, c.created_at
    FROM chat_conversation c WHERE c.id = {{id}} AND c.title <> ''""",
)
DELETE_MESSAGE = ("DELETE FROM chat_findable WHERE message_id = OLD.id",)
DELETE_TITLE = ("DELETE FROM chat_findable WHERE conversation_id = OLD.id AND kind = 'title'",)
_NEW_MESSAGE = [statement.format(id="NEW.id") for statement in REFRESH_MESSAGE]
_NEW_TITLE = [statement.format(id="NEW.id") for statement in REFRESH_TITLE]
_TEXT_CHANGED = "NEW.text IS NOT OLD.text OR NEW.deleted_at IS NOT OLD.deleted_at"

SOURCE_TRIGGERS: dict[str, tuple[str, Sequence[str]]] = {
    "chat_find_message_insert": ("INSERT ON chat_message WHEN NEW.text <> ''", _NEW_MESSAGE),
    "chat_find_message_update": (f"UPDATE OF text, deleted_at ON chat_message WHEN {_TEXT_CHANGED}", _NEW_MESSAGE),
    "chat_find_message_delete": ("DELETE ON chat_message", DELETE_MESSAGE),
    "chat_find_attachment_insert": (
        "INSERT ON chat_attachment",
        [statement.format(id="NEW.message_id") for statement in REFRESH_MESSAGE],
    ),
    "chat_find_attachment_update": (
        "UPDATE ON chat_attachment",
        [statement.format(id=f"{row}.message_id") for row in ("OLD", "NEW") for statement in REFRESH_MESSAGE],
    ),
    "chat_find_attachment_delete": (
        "DELETE ON chat_attachment",
        [statement.format(id="OLD.message_id") for statement in REFRESH_MESSAGE],
    ),
    **{
        f"chat_find_file_{event.lower()}": (
            f"{event} ON chat_messagefile",
            [statement.format(id=f"{row}.message_id") for statement in REFRESH_MESSAGE],
        )
        for event, row in (("INSERT", "NEW"), ("DELETE", "OLD"))
    },
    "chat_find_title_insert": ("INSERT ON chat_conversation", _NEW_TITLE),
    "chat_find_title_update": ("UPDATE OF title ON chat_conversation WHEN NEW.title IS NOT OLD.title", _NEW_TITLE),
    "chat_find_title_delete": ("DELETE ON chat_conversation", DELETE_TITLE),
}

TABLE = "chat_findable_index"
COLUMNS = ("user_id", "kind", "conversation_id", "folded")
ADD_TO_INDEX = f"INSERT INTO {TABLE} (rowid, {', '.join(COLUMNS)}) SELECT id, {', '.join(COLUMNS)} FROM chat_findable"
ADD_NEW_ROW = f"{ADD_TO_INDEX} WHERE id = NEW.id AND folding > 0"
DELETE_OLD_ROW = (
    f"INSERT INTO {TABLE} ({TABLE}, rowid, {', '.join(COLUMNS)})"
    f" SELECT 'delete', OLD.id, {', '.join(f'OLD.{column}' for column in COLUMNS)} WHERE OLD.folding > 0"
)
INDEX_TRIGGERS: dict[str, tuple[str, Sequence[str]]] = {  # a row is in the index once it is folded
    "chat_findable_index_update": ("UPDATE ON chat_findable", [DELETE_OLD_ROW, ADD_NEW_ROW]),
    "chat_findable_index_delete": ("DELETE ON chat_findable", [DELETE_OLD_ROW]),
}
DROP_OLDER_INDEX = (
    *(f"DROP TRIGGER IF EXISTS chat_findable_words_{event}" for event in ("insert", "update", "delete")),
    "DROP TABLE IF EXISTS chat_findable_words",
)
TOKEN_SIGNS = ASCII_SIGNS + DOT
CREATE_INDEX_TABLE = f"""CREATE VIRTUAL TABLE {TABLE} USING fts5({", ".join(COLUMNS)}, content='chat_findable',
    content_rowid='id', columnsize=0, prefix='2 3', tokenize="ascii tokenchars '{TOKEN_SIGNS}'")"""
STORE = """UPDATE chat_findable SET folded = :folded, folding = :version WHERE id = :id AND text = :text"""

MATCHES = f"""FROM {TABLE} w
    CROSS JOIN chat_findable f ON f.id = w.rowid CROSS JOIN chat_conversation c ON c.id = f.conversation_id
    WHERE {TABLE} MATCH ? AND c.user_id = ? AND c.deleted_at IS NULL AND NOT c.is_temporary ORDER BY w.rowid DESC"""
CHATS = f"SELECT f.conversation_id {MATCHES}"
MESSAGES = f"SELECT f.id {MATCHES} LIMIT ? OFFSET ?"


def has_source_triggers(cursor: CursorWrapper) -> bool:
    return _has_triggers(cursor, SOURCE_TRIGGERS)


def has_index(cursor: CursorWrapper) -> bool:
    return _has_triggers(cursor, INDEX_TRIGGERS)


def create_source_triggers(cursor: CursorWrapper) -> None:
    _make_triggers(cursor, SOURCE_TRIGGERS)


def drop_source_triggers(cursor: CursorWrapper) -> None:
    """Drop the triggers: SQLite renames no table while a trigger anywhere refers to a missing one."""
    for name in SOURCE_TRIGGERS:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def create_index(cursor: CursorWrapper) -> None:
    """Create the index, add the rows that are folded already, and create the triggers for the others."""
    drop_index(cursor)
    cursor.execute(CREATE_INDEX_TABLE)
    cursor.execute(f"{ADD_TO_INDEX} WHERE folding > 0")
    _make_triggers(cursor, INDEX_TRIGGERS)


def drop_index(cursor: CursorWrapper) -> None:
    for statement in DROP_OLDER_INDEX:
        cursor.execute(statement)
    for name in INDEX_TRIGGERS:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def store(connection: BaseDatabaseWrapper, rows: list[Folded]) -> None:
    """Store folded rows; under gevent in a thread with its own connection, because FTS5 takes long for long texts."""
    if is_on_a_loop():
        in_a_search_thread(_store_in_thread, _file_of(connection), rows)
    else:
        with transaction.atomic(using=connection.alias):
            _store_rows(connection.connection, rows)


def refresh_messages(cursor: CursorWrapper, ids: Iterable[Any]) -> None:
    _execute_for_each(cursor, REFRESH_MESSAGE, ids)


def refresh_titles(cursor: CursorWrapper, ids: Iterable[Any]) -> None:
    _execute_for_each(cursor, REFRESH_TITLE, ids)


def find_chats(
    connection: BaseDatabaseWrapper, user: UUID, terms: list[Term], *, limit: int, kind: str = ""
) -> list[UUID]:
    """Return the ids of chats with a hit, ordered by their newest hit."""
    return _run(connection, _find_chats, user, _expression(user, kind, terms), limit)


def find_messages(
    connection: BaseDatabaseWrapper, user: UUID, terms: list[Term], chats: list[UUID], *, limit: int, offset: int = 0
) -> list[tuple[UUID, int]]:
    """Return the newest hits in each of the chats, as pairs of the chat's and the Findable's id."""
    expression = _expression(user, Findable.Kind.MESSAGE, terms)
    return _run(connection, _find_messages, user, expression, chats, limit, offset)


def _find_chats(connection: sqlite3.Connection, user: UUID, expression: str, limit: int) -> list[UUID]:
    found: dict[str, None] = {}
    for (chat,) in connection.execute(CHATS, [expression, user.hex]):
        found[chat] = None
        if len(found) == limit:
            break
    return list(map(UUID, found))


def _find_messages(
    connection: sqlite3.Connection, user: UUID, expression: str, chats: list[UUID], limit: int, offset: int
) -> list[tuple[UUID, int]]:
    found = []
    for chat in chats:
        values = [f'conversation_id : "{chat.hex}" AND {expression}', user.hex, limit, offset]
        found += [(chat, id_) for (id_,) in connection.execute(MESSAGES, values)]
    return found


def _run(connection: BaseDatabaseWrapper, query: Callable[..., list[T]], *values: Any) -> list[T]:
    if is_on_a_loop():
        return in_a_search_thread(_run_in_thread, _file_of(connection), query, *values)
    connection.ensure_connection()
    return _run_with_timeout(connection.connection, query, *values)


def _run_in_thread(file: Path, query: Callable[..., list[T]], *values: Any) -> list[T]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return _run_with_timeout(connection, query, *values)


def _run_with_timeout(connection: sqlite3.Connection, query: Callable[..., list[T]], *values: Any) -> list[T]:
    give_up_at = time.monotonic() + SEARCH_TIMEOUT_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > give_up_at, STEPS_BETWEEN_CHECKS)
    try:
        return query(connection, *values)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise TookTooLong from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _store_in_thread(file: Path, rows: list[Folded]) -> None:
    with closing(sqlite3.connect(file, timeout=LOCK_TIMEOUT_SECONDS)) as connection, connection:
        _store_rows(connection, rows)


def _store_rows(connection: sqlite3.Connection, rows: list[Folded]) -> None:
    connection.executemany(STORE, (row._asdict() for row in rows))


def _file_of(connection: BaseDatabaseWrapper) -> Path:
    return Path(connection.settings_dict["NAME"])


def _expression(user: UUID, kind: str, terms: list[Term]) -> str:
    """Return an expression of FTS5's query language. Folded words are quoted, and contain no quotes."""
    named = [("user_id", user.hex), *([("kind", kind)] if kind else [])]
    parts = [f'{column} : "{value}"' for column, value in named]
    return " AND ".join([*parts, *(f'folded : "{term.text}"{" *" * term.is_prefix}' for term in terms)])


def _has_triggers(cursor: CursorWrapper, triggers: Iterable[str]) -> bool:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return set(triggers) <= {name for (name,) in cursor.fetchall()}


def _make_triggers(cursor: CursorWrapper, triggers: dict[str, tuple[str, Sequence[str]]]) -> None:
    for name, (event, statements) in triggers.items():
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        when = event.replace(" WHEN ", " FOR EACH ROW WHEN ") if " WHEN " in event else f"{event} FOR EACH ROW"
        cursor.execute(f"CREATE TRIGGER {name} AFTER {when} BEGIN {'; '.join(statements)}; END")


def _execute_for_each(cursor: CursorWrapper, statements: Iterable[str], ids: Iterable[Any]) -> None:
    for id_ in ids:
        for statement in statements:
            cursor.execute(statement.format(id="%s"), [id_])
