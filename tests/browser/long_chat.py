"""Makes a chat with many messages directly in the site's database, since asking so often would take minutes."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from tests.browser.chat_page import Chat
from tests.site import Site

PATIENCE_SECONDS = 60  # the site writes as well


def repeat(chat: Chat, *, site: Site, turns: int) -> None:
    """Repeat the one question and answer of this chat so often; a loaded page shows the last ones."""
    chat_id = UUID(chat.page.url.rstrip("/").rpartition("/")[2]).hex
    file = Path(site.environment["DATA_DIR"]) / "potluck.sqlite3"
    with closing(sqlite3.connect(file, timeout=PATIENCE_SECONDS)) as database, database:
        database.row_factory = sqlite3.Row
        _repeat_rows(database, chat_id, turns)


def _repeat_rows(database: sqlite3.Connection, chat_id: str, turns: int) -> None:
    of_chat = "SELECT * FROM chat_message WHERE conversation_id = ? ORDER BY created_at"
    question, answer = database.execute(of_chat, [chat_id])
    reply = database.execute("SELECT * FROM chat_reply WHERE message_id = ?", [answer["id"]]).fetchone()
    parent, now = answer["id"], datetime.now(UTC)
    for number in range(2, turns + 1):
        ids = uuid4().hex, uuid4().hex
        asked_at, answered_at = (_written(now + timedelta(milliseconds=2 * number + later)) for later in (0, 1))
        text = f"Question {number}"
        _copy(database, "chat_message", question, id=ids[0], parent_id=parent, text=text, created_at=asked_at)
        _copy(database, "chat_message", answer, id=ids[1], parent_id=ids[0], created_at=answered_at)
        _copy(database, "chat_reply", reply, id=uuid4().hex, message_id=ids[1])
        parent = ids[1]


def _copy(database: sqlite3.Connection, table: str, row: sqlite3.Row, **changes: str) -> None:
    values = {**dict(row), **changes}
    places = ", ".join("?" * len(values))
    database.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", [*values.values()])  # noqa: S608


def _written(moment: datetime) -> str:
    """As Django writes it."""
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"
