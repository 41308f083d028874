"""SQLite: triggers keep chat_findable, and FTS5 the index of its words.

The words are those that `folding.fold` makes: FTS5's tokenizer has only to part them at spaces, which "ascii" does.
They are in chat_findable alone (`content=`), whose integer key is FTS5's rowid: a message's own rowid may change with
VACUUM.
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
from chat.offload import is_on_a_loop, searching
from chat.search.folding import ASCII_SIGNS, DOT, Folded
from chat.search.query import Term, TookTooLong

T = TypeVar("T")

LONGEST_SEARCH_SECONDS = 3.0
LONGEST_WAIT_SECONDS = 5.0  # for whoever writes just now
STEPS_BETWEEN_LOOKS = 300  # of SQLite's virtual machine

TEXT = """m.text || COALESCE((SELECT group_concat(char(10) || a.name || char(10) || a.text, '') FROM
    (SELECT name, text FROM chat_attachment WHERE message_id = m.id ORDER BY position) a), '')"""

# Milliseconds since 1970, and room for a million texts in each. There is one writer at a time.
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
FORGET_MESSAGE = ("DELETE FROM chat_findable WHERE message_id = OLD.id",)
FORGET_TITLE = ("DELETE FROM chat_findable WHERE conversation_id = OLD.id AND kind = 'title'",)
_NEW_MESSAGE = [statement.format(id="NEW.id") for statement in REFRESH_MESSAGE]
_NEW_TITLE = [statement.format(id="NEW.id") for statement in REFRESH_TITLE]
_TEXT_CHANGED = "NEW.text IS NOT OLD.text OR NEW.deleted_at IS NOT OLD.deleted_at"

SOURCES: dict[str, tuple[str, Sequence[str]]] = {
    "chat_find_message_insert": ("INSERT ON chat_message WHEN NEW.text <> ''", _NEW_MESSAGE),
    "chat_find_message_update": (f"UPDATE OF text, deleted_at ON chat_message WHEN {_TEXT_CHANGED}", _NEW_MESSAGE),
    "chat_find_message_delete": ("DELETE ON chat_message", FORGET_MESSAGE),
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
    "chat_find_title_insert": ("INSERT ON chat_conversation", _NEW_TITLE),
    "chat_find_title_update": ("UPDATE OF title ON chat_conversation WHEN NEW.title IS NOT OLD.title", _NEW_TITLE),
    "chat_find_title_delete": ("DELETE ON chat_conversation", FORGET_TITLE),
}

TABLE = "chat_findable_index"
COLUMNS = ("user_id", "kind", "conversation_id", "folded")
ADD_WORDS = f"INSERT INTO {TABLE} (rowid, {', '.join(COLUMNS)}) SELECT id, {', '.join(COLUMNS)} FROM chat_findable"
ADD_NEW = f"{ADD_WORDS} WHERE id = NEW.id AND folding > 0"
DROP_OLD = (
    f"INSERT INTO {TABLE} ({TABLE}, rowid, {', '.join(COLUMNS)})"
    f" SELECT 'delete', OLD.id, {', '.join(f'OLD.{column}' for column in COLUMNS)} WHERE OLD.folding > 0"
)
WORDS: dict[str, tuple[str, Sequence[str]]] = {  # a row is indexed from its folding to its end
    "chat_findable_index_update": ("UPDATE ON chat_findable", [DROP_OLD, ADD_NEW]),
    "chat_findable_index_delete": ("DELETE ON chat_findable", [DROP_OLD]),
}
OF_AN_OLDER_VERSION = (
    *(f"DROP TRIGGER IF EXISTS chat_findable_words_{event}" for event in ("insert", "update", "delete")),
    "DROP TABLE IF EXISTS chat_findable_words",
)
SIGNS = ASCII_SIGNS + DOT
WORDS_TABLE = f"""CREATE VIRTUAL TABLE {TABLE} USING fts5({", ".join(COLUMNS)}, content='chat_findable',
    content_rowid='id', columnsize=0, prefix='2 3', tokenize="ascii tokenchars '{SIGNS}'")"""
STORE = """UPDATE chat_findable SET folded = :folded, folding = :version WHERE id = :id AND text = :text"""

FOUND = f"""FROM {TABLE} w
    CROSS JOIN chat_findable f ON f.id = w.rowid CROSS JOIN chat_conversation c ON c.id = f.conversation_id
    WHERE {TABLE} MATCH ? AND c.user_id = ? AND c.deleted_at IS NULL AND NOT c.is_temporary ORDER BY w.rowid DESC"""
CHATS = f"SELECT f.conversation_id {FOUND}"
MESSAGES = f"SELECT f.id {FOUND} LIMIT ? OFFSET ?"


def has_sources(cursor: CursorWrapper) -> bool:
    return _has_triggers(cursor, SOURCES)


def has_words(cursor: CursorWrapper) -> bool:
    return _has_triggers(cursor, WORDS)


def make_sources(cursor: CursorWrapper) -> None:
    _make_triggers(cursor, SOURCES)


def drop_sources(cursor: CursorWrapper) -> None:
    """Before tables are altered: SQLite renames none while a trigger elsewhere speaks of a missing one."""
    for name in SOURCES:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def make_words(cursor: CursorWrapper) -> None:
    """Index what is folded, and what will be from now on."""
    drop_words(cursor)
    cursor.execute(WORDS_TABLE)
    cursor.execute(f"{ADD_WORDS} WHERE folding > 0")
    _make_triggers(cursor, WORDS)


def drop_words(cursor: CursorWrapper) -> None:
    for statement in OF_AN_OLDER_VERSION:
        cursor.execute(statement)
    for name in WORDS:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def store(connection: BaseDatabaseWrapper, rows: list[Folded]) -> None:
    """Where others wait, in a thread that has a connection of its own: FTS5 takes its time over a long text."""
    if is_on_a_loop():
        searching(_stored_apart, _file_of(connection), rows)
    else:
        with transaction.atomic(using=connection.alias):
            _stored(connection.connection, rows)


def refresh_messages(cursor: CursorWrapper, ids: Iterable[Any]) -> None:
    _for_each(cursor, REFRESH_MESSAGE, ids)


def refresh_titles(cursor: CursorWrapper, ids: Iterable[Any]) -> None:
    _for_each(cursor, REFRESH_TITLE, ids)


def chats(connection: BaseDatabaseWrapper, user: UUID, terms: list[Term], *, most: int, kind: str = "") -> list[UUID]:
    """Those with a hit, by their newest one."""
    return _ask(connection, _chats, user, _expression(user, kind, terms), most)


def messages(
    connection: BaseDatabaseWrapper, user: UUID, terms: list[Term], chats: list[UUID], *, most: int, skipped: int = 0
) -> list[tuple[UUID, int]]:
    """The newest hits in each of some chats, as pairs of chat and Findable."""
    expression = _expression(user, Findable.Kind.MESSAGE, terms)
    return _ask(connection, _messages, user, expression, chats, most, skipped)


def _chats(connection: sqlite3.Connection, user: UUID, expression: str, most: int) -> list[UUID]:
    found: dict[str, None] = {}
    for (chat,) in connection.execute(CHATS, [expression, user.hex]):
        found[chat] = None
        if len(found) == most:
            break
    return list(map(UUID, found))


def _messages(
    connection: sqlite3.Connection, user: UUID, expression: str, chats: list[UUID], most: int, skipped: int
) -> list[tuple[UUID, int]]:
    found = []
    for chat in chats:
        values = [f'conversation_id : "{chat.hex}" AND {expression}', user.hex, most, skipped]
        found += [(chat, id_) for (id_,) in connection.execute(MESSAGES, values)]
    return found


def _ask(connection: BaseDatabaseWrapper, question: Callable[..., list[T]], *values: Any) -> list[T]:
    if is_on_a_loop():
        return searching(_asked_apart, _file_of(connection), question, *values)
    connection.ensure_connection()
    return _asked(connection.connection, question, *values)


def _asked_apart(file: Path, question: Callable[..., list[T]], *values: Any) -> list[T]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return _asked(connection, question, *values)


def _asked(connection: sqlite3.Connection, question: Callable[..., list[T]], *values: Any) -> list[T]:
    give_up_at = time.monotonic() + LONGEST_SEARCH_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > give_up_at, STEPS_BETWEEN_LOOKS)
    try:
        return question(connection, *values)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise TookTooLong from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _stored_apart(file: Path, rows: list[Folded]) -> None:
    with closing(sqlite3.connect(file, timeout=LONGEST_WAIT_SECONDS)) as connection, connection:
        _stored(connection, rows)


def _stored(connection: sqlite3.Connection, rows: list[Folded]) -> None:
    connection.executemany(STORE, (row._asdict() for row in rows))


def _file_of(connection: BaseDatabaseWrapper) -> Path:
    return Path(connection.settings_dict["NAME"])


def _expression(user: UUID, kind: str, terms: list[Term]) -> str:
    """FTS5's own language. Folded words stand in quotes there, and hold none."""
    named = [("user_id", user.hex), *([("kind", kind)] if kind else [])]
    parts = [f'{column} : "{value}"' for column, value in named]
    return " AND ".join([*parts, *(f'folded : "{term.text}"{" *" * term.is_beginning}' for term in terms)])


def _has_triggers(cursor: CursorWrapper, triggers: Iterable[str]) -> bool:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return set(triggers) <= {name for (name,) in cursor.fetchall()}


def _make_triggers(cursor: CursorWrapper, triggers: dict[str, tuple[str, Sequence[str]]]) -> None:
    for name, (event, statements) in triggers.items():
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        when = event.replace(" WHEN ", " FOR EACH ROW WHEN ") if " WHEN " in event else f"{event} FOR EACH ROW"
        cursor.execute(f"CREATE TRIGGER {name} AFTER {when} BEGIN {'; '.join(statements)}; END")


def _for_each(cursor: CursorWrapper, statements: Iterable[str], ids: Iterable[Any]) -> None:
    for id_ in ids:
        for statement in statements:
            cursor.execute(statement.format(id="%s"), [id_])
