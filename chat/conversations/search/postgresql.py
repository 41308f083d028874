r"""PostgreSQL: triggers keep chat_findable and the words in it, a tsvector with a GIN index.

No extension and no dictionary is needed. `chat_find_fold` makes of a text its words in lower case without accents
(NFKD, then marks away) between single spaces; of these a tsvector is made as they are. It has no places, since those
end with the 16,383rd word of a text: words next to each other are looked for with LIKE, in what the index found.
A generated column would do for the words, but no column that it is made of could be altered by a migration.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg.errors import QueryCanceled

from chat.conversations.search.words import Term, TookTooLong

Triggers = Mapping[str, tuple[str, str, str]]

LONGEST_SEARCH_SECONDS = 3.0

# A word ends after 60 letters: a tsvector takes no endless ones.
FOLD = r"""SELECT trim(regexp_replace(regexp_replace(lower(
    regexp_replace(normalize(raw, NFKD), '[\u0300-\u036f]', '', 'g')),
    '[^[:alnum:]]+', ' ', 'g'), '([[:alnum:]]{60})[[:alnum:]]+', '\1', 'g'))"""

# Each word once, so that a tsvector's megabyte is enough for any text that somebody wrote.
WORDS_OF = """SELECT array_to_tsvector(ARRAY['@' || owner::text, '#' || kind] || string_to_array(
    rtrim(left(string_agg(DISTINCT word, ' '), 250000)), ' '))
    FROM unnest(string_to_array(chat_find_fold(raw), ' ')) word"""

REFRESH_MESSAGE = r"""
DECLARE
    whole text;
BEGIN
    SELECT m.text || COALESCE((SELECT string_agg(E'\n' || a.name || E'\n' || a.text, '' ORDER BY a.position)
        FROM chat_attachment a WHERE a.message_id = m.id), '')
        INTO whole FROM chat_message m WHERE m.id = message AND m.deleted_at IS NULL;
    IF whole <> '' THEN
        INSERT INTO chat_findable (kind, user_id, conversation_id, message_id, text, written_at)
            SELECT 'message', c.user_id, c.id, m.id, whole, m.created_at
            FROM chat_message m JOIN chat_conversation c ON c.id = m.conversation_id WHERE m.id = message
            ON CONFLICT (message_id) DO UPDATE SET text = excluded.text, user_id = excluded.user_id,
                conversation_id = excluded.conversation_id, written_at = excluded.written_at;
    ELSE
        DELETE FROM chat_findable WHERE message_id = message;
    END IF;
END"""

REFRESH_TITLE = """
BEGIN
    INSERT INTO chat_findable (kind, user_id, conversation_id, text, written_at)
        SELECT 'title', user_id, id, title, created_at FROM chat_conversation WHERE id = conversation
        ON CONFLICT (conversation_id) WHERE kind = 'title'
            DO UPDATE SET text = excluded.text, user_id = excluded.user_id;
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

WORDS_TRIGGER = """
BEGIN
    NEW.words := chat_find_words(NEW.text, NEW.user_id, NEW.kind);
    RETURN NEW;
END"""

FUNCTIONS = {
    "chat_find_message(message uuid) RETURNS void": ("plpgsql", "", REFRESH_MESSAGE),
    "chat_find_title(conversation uuid) RETURNS void": ("plpgsql", "", REFRESH_TITLE),
    "chat_find_on_message() RETURNS trigger": ("plpgsql", "", MESSAGE_TRIGGER),
    "chat_find_on_attachment() RETURNS trigger": ("plpgsql", "", ATTACHMENT_TRIGGER),
    "chat_find_on_title() RETURNS trigger": ("plpgsql", "", TITLE_TRIGGER),
}
WORD_FUNCTIONS = {
    "chat_find_fold(raw text) RETURNS text": ("sql", "IMMUTABLE PARALLEL SAFE", FOLD),
    "chat_find_words(raw text, owner uuid, kind text) RETURNS tsvector": ("sql", "IMMUTABLE PARALLEL SAFE", WORDS_OF),
    "chat_find_on_findable() RETURNS trigger": ("plpgsql", "", WORDS_TRIGGER),
}
SOURCES = {  # event, table, function; no columns named, or a migration could not alter them
    "chat_find_message": ("AFTER INSERT OR UPDATE OR DELETE", "chat_message", "chat_find_on_message"),
    "chat_find_attachment": ("AFTER INSERT OR UPDATE OR DELETE", "chat_attachment", "chat_find_on_attachment"),
    "chat_find_title": ("AFTER INSERT OR UPDATE OR DELETE", "chat_conversation", "chat_find_on_title"),
}
WORDS = {"chat_find_findable": ("BEFORE INSERT OR UPDATE", "chat_findable", "chat_find_on_findable")}
FILL_WORDS = (
    "ALTER TABLE chat_findable ADD COLUMN words tsvector",
    "UPDATE chat_findable SET words = chat_find_words(text, user_id, kind)",
    "CREATE INDEX chat_findable_words ON chat_findable USING gin (words)",
)

FIND = """SELECT f.id FROM chat_findable f JOIN chat_conversation c ON c.id = f.conversation_id
    WHERE f.words @@ %s::tsquery AND c.user_id = %s AND c.deleted_at IS NULL AND NOT c.is_temporary {others}
    ORDER BY f.written_at DESC, f.id DESC LIMIT {limit} OFFSET {offset}"""
PART = "AND f.text ILIKE %s"
TOGETHER = "AND ' ' || chat_find_fold(f.text) || ' ' LIKE %s"


def has_sources(cursor: CursorWrapper) -> bool:
    return _has_triggers(cursor, SOURCES)


def has_words(cursor: CursorWrapper) -> bool:
    return _has_triggers(cursor, WORDS)


def make_sources(cursor: CursorWrapper) -> None:
    _make_functions(cursor, FUNCTIONS)
    _make_triggers(cursor, SOURCES)


def drop_sources(cursor: CursorWrapper) -> None:
    _drop_triggers(cursor, SOURCES)


def make_words(cursor: CursorWrapper) -> None:
    """Index all that is in chat_findable, and what comes from now on."""
    drop_words(cursor)
    _make_functions(cursor, WORD_FUNCTIONS)
    for statement in FILL_WORDS:
        cursor.execute(statement)
    _make_triggers(cursor, WORDS)


def drop_words(cursor: CursorWrapper) -> None:
    _drop_triggers(cursor, WORDS)
    cursor.execute("ALTER TABLE chat_findable DROP COLUMN IF EXISTS words")


def refresh_messages(cursor: CursorWrapper, ids: Iterable[Any]) -> None:
    cursor.execute("SELECT chat_find_message(id) FROM unnest(%s::uuid[]) id", [list(ids)])


def refresh_titles(cursor: CursorWrapper, ids: Iterable[Any]) -> None:
    cursor.execute("SELECT chat_find_title(id) FROM unnest(%s::uuid[]) id", [list(ids)])


def matches(
    connection: BaseDatabaseWrapper, user: UUID, kind: str, terms: list[Term], *, limit: int, offset: int
) -> list[int]:
    parts = [f"%{_escaped(term.text)}%" for term in terms if term.is_part]
    with _in_time(connection), connection.cursor() as cursor:
        folded = _folded(cursor, [term for term in terms if not term.is_part])
        together = [f"% {text}{' ' if term.is_exact else ''}%" for term, text in folded if " " in text]
        others = " ".join([PART] * len(parts) + [TOGETHER] * len(together))
        question = FIND.format(others=others, limit=limit, offset=offset)
        cursor.execute(question, [_expression(user, kind, folded), user, *parts, *together])
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def _in_time(connection: BaseDatabaseWrapper) -> Iterator[None]:
    try:
        with transaction.atomic(using=connection.alias):
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {LONGEST_SEARCH_SECONDS * 1000:.0f}")
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TookTooLong from None
        raise


def _folded(cursor: CursorWrapper, terms: list[Term]) -> list[tuple[Term, str]]:
    """Each with its words as the index has them; without those that have none there."""
    texts = [term.text for term in terms]
    cursor.execute("SELECT chat_find_fold(term) FROM unnest(%s::text[]) WITH ORDINALITY t(term, n) ORDER BY n", [texts])
    return [(term, text) for term, (text,) in zip(terms, cursor.fetchall(), strict=True) if text]


def _expression(user: UUID, kind: str, folded: list[tuple[Term, str]]) -> str:
    """A tsquery. After folding there are only letters and digits in it: nothing to escape."""
    words = [f"'@{user}'", f"'#{kind}'"]
    for term, text in folded:
        words += [f"'{word}'" for word in text.split(" ")]
        words[-1] += "" if term.is_exact else ":*"
    return " & ".join(words)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _make_functions(cursor: CursorWrapper, functions: dict[str, tuple[str, str, str]]) -> None:
    for signature, (language, kind, body) in functions.items():
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {signature} LANGUAGE {language} {kind}"
            f" SET search_path FROM CURRENT AS $$ {body} $$"  # a dump is restored with an empty one
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
