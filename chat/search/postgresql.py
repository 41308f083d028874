"""The search index on PostgreSQL: triggers that write chat_findable, and a tsvector of its words with a GIN index.

It needs no extension and no dictionary: the lexemes are the words of `folding.fold` as they are, and the owner and the
kind as two more. The tsvector has no positions, because those end with the 16,383rd word of a text: phrases are checked
in the folded text of the rows that the index finds.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from chat.search.folding import Folded
from chat.search.query import Term, TookTooLong

Triggers = Mapping[str, tuple[str, str, str]]

SEARCH_TIMEOUT_SECONDS = 3.0
QUERY_CANCELED = "57014"  # its SQLSTATE; psycopg need not be loaded on SQLite

# Each word only once, so that any text fits into a tsvector, which may have 1 MB.
LEXEMES = """array_to_tsvector(ARRAY['@' || user_id::text, '#' || kind] || string_to_array(rtrim(left((
    SELECT string_agg(DISTINCT word, ' ') FROM unnest(string_to_array(%(folded)s, ' ')) word), 250000)), ' '))"""
STORE = f"""UPDATE chat_findable SET folded = %(folded)s, folding = %(version)s, lexemes = {LEXEMES}
    WHERE id = %(id)s AND text = %(text)s"""

REFRESH_MESSAGE = r"""
DECLARE
    whole text;
BEGIN
    SELECT m.text || COALESCE((SELECT string_agg(E'\n' || a.name || E'\n' || a.text, '' ORDER BY a.position)
        FROM chat_attachment a WHERE a.message_id = m.id), '')
        || COALESCE((SELECT string_agg(E'\n' || p.name || E'\n' || COALESCE(f.text, p.address), '' ORDER BY p.position)
        FROM chat_messagefile p LEFT JOIN chat_file f ON f.id = p.file_id WHERE p.message_id = m.id), '')
        INTO whole FROM chat_message m WHERE m.id = message AND m.deleted_at IS NULL;
    IF whole <> '' THEN
        INSERT INTO chat_findable (kind, user_id, conversation_id, message_id, text, written_at)
            SELECT 'message', c.user_id, c.id, m.id, whole, m.created_at
            FROM chat_message m JOIN chat_conversation c ON c.id = m.conversation_id WHERE m.id = message
            ON CONFLICT (message_id) DO UPDATE SET text = excluded.text, user_id = excluded.user_id,
                conversation_id = excluded.conversation_id, written_at = excluded.written_at, folding = 0;
    ELSE
        DELETE FROM chat_findable WHERE message_id = message;
    END IF;
END"""

REFRESH_TITLE = """
BEGIN
    INSERT INTO chat_findable (kind, user_id, conversation_id, text, written_at)
        SELECT 'title', user_id, id, title, created_at FROM chat_conversation WHERE id = conversation
        ON CONFLICT (conversation_id) WHERE kind = 'title'
            DO UPDATE SET text = excluded.text, user_id = excluded.user_id, folding = 0;
END"""

MESSAGE_TRIGGER = """
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM chat_findable WHERE message_id = OLD.id;
    ELSIF TG_OP = 'INSERT' OR NEW.text IS DISTINCT FROM OLD.text OR NEW.deleted_at IS DISTINCT FROM OLD.deleted_at THEN
        PERFORM chat_find_message(NEW.id);
    END IF;
    RETURN NULL;
END"""

ATTACHMENT_TRIGGER = """
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM chat_find_message(OLD.message_id); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM chat_find_message(NEW.message_id); END IF;
    RETURN NULL;
END"""

TITLE_TRIGGER = """
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM chat_findable WHERE conversation_id = OLD.id AND kind = 'title';
    ELSIF TG_OP = 'INSERT' OR NEW.title IS DISTINCT FROM OLD.title THEN
        PERFORM chat_find_title(NEW.id);
    END IF;
    RETURN NULL;
END"""

FUNCTIONS = {
    "chat_find_message(message uuid) RETURNS void": REFRESH_MESSAGE,
    "chat_find_title(conversation uuid) RETURNS void": REFRESH_TITLE,
    "chat_find_on_message() RETURNS trigger": MESSAGE_TRIGGER,
    "chat_find_on_attachment() RETURNS trigger": ATTACHMENT_TRIGGER,
    "chat_find_on_title() RETURNS trigger": TITLE_TRIGGER,
}
SOURCE_TRIGGERS = {  # event, table, function; with a column in a trigger, a migration could not alter that column
    "chat_find_message": ("AFTER INSERT OR UPDATE OR DELETE", "chat_message", "chat_find_on_message"),
    "chat_find_attachment": ("AFTER INSERT OR UPDATE OR DELETE", "chat_attachment", "chat_find_on_attachment"),
    "chat_find_file": ("AFTER INSERT OR DELETE", "chat_messagefile", "chat_find_on_attachment"),
    "chat_find_title": ("AFTER INSERT OR UPDATE OR DELETE", "chat_conversation", "chat_find_on_title"),
}
DROP_OLDER_INDEX = (
    "DROP TRIGGER IF EXISTS chat_find_findable ON chat_findable",
    "ALTER TABLE chat_findable DROP COLUMN IF EXISTS words",
    "DROP FUNCTION IF EXISTS chat_find_on_findable, chat_find_words, chat_find_fold",
)
CREATE_INDEX = (
    "ALTER TABLE chat_findable ADD COLUMN lexemes tsvector",
    "UPDATE chat_findable SET folding = 0 WHERE folding > 0",
    "CREATE INDEX chat_findable_lexemes ON chat_findable USING gin (lexemes)",
)

MATCHES = """FROM chat_findable f JOIN chat_conversation c ON c.id = f.conversation_id
    WHERE f.lexemes @@ %(words)s::tsquery AND f.folding > 0 AND c.user_id = %(user)s AND c.deleted_at IS NULL
    AND NOT c.is_temporary"""
PHRASE = "strpos(' ' || f.folded || ' ', %({name})s) > 0"
CHATS = """SELECT f.conversation_id {found} GROUP BY f.conversation_id
    ORDER BY max(f.written_at) DESC, f.conversation_id LIMIT %(limit)s"""
MESSAGES = """SELECT conversation_id, id FROM (
        SELECT f.conversation_id, f.id, row_number() OVER (
            PARTITION BY f.conversation_id ORDER BY f.written_at DESC, f.id DESC) place
        {found} AND f.conversation_id = ANY(%(chats)s)) each
    WHERE place > %(offset)s AND place <= %(offset)s + %(limit)s ORDER BY place"""


def has_source_triggers(cursor: CursorWrapper) -> bool:
    return _has_triggers(cursor, SOURCE_TRIGGERS)


def has_index(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT to_regclass('chat_findable_lexemes') IS NOT NULL")
    return bool(cursor.fetchone()[0])


def create_source_triggers(cursor: CursorWrapper) -> None:
    _make_functions(cursor)
    _make_triggers(cursor, SOURCE_TRIGGERS)


def drop_source_triggers(cursor: CursorWrapper) -> None:
    _drop_triggers(cursor, SOURCE_TRIGGERS)


def create_index(cursor: CursorWrapper) -> None:
    """Create an empty index; `backlog` fills it."""
    drop_index(cursor)
    for statement in CREATE_INDEX:
        cursor.execute(statement)


def drop_index(cursor: CursorWrapper) -> None:
    for statement in DROP_OLDER_INDEX:
        cursor.execute(statement)
    cursor.execute("ALTER TABLE chat_findable DROP COLUMN IF EXISTS lexemes")


def store(connection: BaseDatabaseWrapper, rows: list[Folded]) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for row in rows:
            cursor.execute(STORE, row._asdict())


def refresh_messages(cursor: CursorWrapper, ids: Iterable[Any]) -> None:
    cursor.execute("SELECT chat_find_message(id) FROM unnest(%s::uuid[]) id", [list(ids)])


def refresh_titles(cursor: CursorWrapper, ids: Iterable[Any]) -> None:
    cursor.execute("SELECT chat_find_title(id) FROM unnest(%s::uuid[]) id", [list(ids)])


def find_chats(
    connection: BaseDatabaseWrapper, user: UUID, terms: list[Term], *, limit: int, kind: str = ""
) -> list[UUID]:
    """Return the ids of chats with a hit, ordered by their newest hit."""
    rows = _run(connection, CHATS, user, terms, kind, limit=limit)
    return [id_ for (id_,) in rows]


def find_messages(
    connection: BaseDatabaseWrapper, user: UUID, terms: list[Term], chats: list[UUID], *, limit: int, offset: int = 0
) -> list[tuple[UUID, int]]:
    """Return the newest hits in each of the chats, as pairs of the chat's and the Findable's id."""
    return _run(connection, MESSAGES, user, terms, "message", chats=chats, limit=limit, offset=offset)


def _run(
    connection: BaseDatabaseWrapper, query: str, user: UUID, terms: list[Term], kind: str, **values: Any
) -> list[Any]:
    phrases = {f"term_{number}": _needle(term) for number, term in enumerate(terms) if " " in term.text}
    found = " AND ".join([MATCHES, *(PHRASE.format(name=name) for name in phrases)])
    words = _expression(user, kind, terms)
    with _limited_time(connection), connection.cursor() as cursor:
        cursor.execute(query.format(found=found), {"words": words, "user": user, **phrases, **values})
        return list(cursor.fetchall())


@contextmanager
def _limited_time(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Cancel the queries of the block if they take too long. Raises TookTooLong."""
    try:
        with transaction.atomic(using=connection.alias):
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {SEARCH_TIMEOUT_SECONDS * 1000:.0f}")
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == QUERY_CANCELED:
            raise TookTooLong from None
        raise


def _needle(term: Term) -> str:
    return f" {term.text}" if term.is_prefix else f" {term.text} "


def _expression(user: UUID, kind: str, terms: list[Term]) -> str:
    """Return a tsquery. Folded words contain no quotes and no backslashes, so nothing has to be escaped."""
    words = [f"'@{user}'", *([f"'#{kind}'"] if kind else [])]
    for term in terms:
        words += [f"'{word}'" for word in term.text.split(" ")]
        words[-1] += ":*" if term.is_prefix else ""
    return " & ".join(words)


def _make_functions(cursor: CursorWrapper) -> None:
    for signature, body in FUNCTIONS.items():
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {signature} LANGUAGE plpgsql"
            f" SET search_path FROM CURRENT AS $$ {body} $$"  # pg_dump's restore runs with an empty search_path
        )


def _has_triggers(cursor: CursorWrapper, triggers: Triggers) -> bool:
    cursor.execute("SELECT tgname FROM pg_trigger WHERE starts_with(tgname, 'chat_find_')")
    return set(triggers) <= {name for (name,) in cursor.fetchall()}


def _make_triggers(cursor: CursorWrapper, triggers: Triggers) -> None:
    _drop_triggers(cursor, triggers)
    for name, (event, table, function) in triggers.items():
        cursor.execute(f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")


def _drop_triggers(cursor: CursorWrapper, triggers: Triggers) -> None:
    for name, (_, table, _) in triggers.items():
        cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
