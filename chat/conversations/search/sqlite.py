"""SQLite: triggers keep chat_findable, and FTS5 the index of its words.

FTS5 takes "accents and case do not matter" and "words" from its unicode61 tokenizer. The texts are in chat_findable
alone (`content=`), whose integer key is FTS5's rowid: a message's own rowid may change with VACUUM.
"""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from chat.conversations.search.words import Term, TookTooLong
from chat.offload import is_on_a_loop, searching

LONGEST_SEARCH_SECONDS = 3.0
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

COLUMNS = "user_id, kind, text"
ADD_WORDS = f"INSERT INTO chat_findable_words (rowid, {COLUMNS}) VALUES (NEW.id, NEW.user_id, NEW.kind, NEW.text)"
DROP_WORDS = (
    f"INSERT INTO chat_findable_words (chat_findable_words, rowid, {COLUMNS})"
    " VALUES ('delete', OLD.id, OLD.user_id, OLD.kind, OLD.text)"
)
WORDS: dict[str, tuple[str, Sequence[str]]] = {
    "chat_findable_words_insert": ("INSERT ON chat_findable", [ADD_WORDS]),
    "chat_findable_words_update": ("UPDATE ON chat_findable", [DROP_WORDS, ADD_WORDS]),
    "chat_findable_words_delete": ("DELETE ON chat_findable", [DROP_WORDS]),
}
WORDS_TABLE = f"""CREATE VIRTUAL TABLE chat_findable_words USING fts5({COLUMNS}, content='chat_findable',
    content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')"""

FIND = """SELECT f.id FROM chat_findable_words w
    CROSS JOIN chat_findable f ON f.id = w.rowid CROSS JOIN chat_conversation c ON c.id = f.conversation_id
    WHERE chat_findable_words MATCH ? AND c.user_id = ?
    AND c.deleted_at IS NULL AND NOT c.is_temporary {parts} ORDER BY w.rowid DESC LIMIT {limit} OFFSET {offset}"""


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
    """Index all that is in chat_findable, and what comes from now on."""
    drop_words(cursor)
    cursor.execute(WORDS_TABLE)
    cursor.execute("INSERT INTO chat_findable_words (chat_findable_words) VALUES ('rebuild')")
    _make_triggers(cursor, WORDS)


def drop_words(cursor: CursorWrapper) -> None:
    for name in WORDS:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    cursor.execute("DROP TABLE IF EXISTS chat_findable_words")


def refresh_messages(cursor: CursorWrapper, ids: Iterable[Any]) -> None:
    _for_each(cursor, REFRESH_MESSAGE, ids)


def refresh_titles(cursor: CursorWrapper, ids: Iterable[Any]) -> None:
    _for_each(cursor, REFRESH_TITLE, ids)


def matches(
    connection: BaseDatabaseWrapper, user: UUID, kind: str, terms: list[Term], *, limit: int, offset: int
) -> list[int]:
    parts = [f"%{_escaped(term.text)}%" for term in terms if term.is_part]
    question = FIND.format(parts=r"AND f.text LIKE ? ESCAPE '\'" * len(parts), limit=limit, offset=offset)
    values = [_expression(user, kind, terms), user.hex, *parts]
    if is_on_a_loop():
        return searching(_asked_apart, Path(connection.settings_dict["NAME"]), question, values)
    connection.ensure_connection()
    return _asked(connection.connection, question, values)


def _asked_apart(file: Path, question: str, values: list[str]) -> list[int]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return _asked(connection, question, values)


def _asked(connection: sqlite3.Connection, question: str, values: list[str]) -> list[int]:
    give_up_at = time.monotonic() + LONGEST_SEARCH_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > give_up_at, STEPS_BETWEEN_LOOKS)
    try:
        return [row[0] for row in connection.execute(question, values)]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise TookTooLong from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _expression(user: UUID, kind: str, terms: list[Term]) -> str:
    """FTS5's own language. Whatever people type stands in quotes there, and can be nothing but words."""
    quoted = [('"' + term.text.replace('"', '""') + '"', term.is_exact) for term in terms if not term.is_part]
    whose = f'user_id : "{user.hex}" AND kind : "{kind}"'
    return " AND ".join([whose, *(f"text : {word}{'' if is_exact else ' *'}" for word, is_exact in quoted)])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


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
