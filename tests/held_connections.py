"""Notes where the site waits for others while its thread holds a database connection, of which a process has few."""

from typing import Any

import pytest
from django.db import connection

from chat.mcp import ask
from chat.openrouter.connection.transport import Transport
from chat.replies.live import LiveReply


def note_held_connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The waits that began with an open connection, as they happen."""
    held: list[str] = []
    _watch(monkeypatch, held, Transport, "send")
    _watch(monkeypatch, held, LiveReply, "wait_for_tools")
    _watch(monkeypatch, held, ask, "run")
    return held


def _watch(monkeypatch: pytest.MonkeyPatch, held: list[str], owner: Any, name: str) -> None:
    wait = getattr(owner, name)

    def watched(*args: Any, **kwargs: Any) -> Any:
        if connection.connection is not None:
            held.append(f"{name}{args[1:3]}")
        return wait(*args, **kwargs)

    monkeypatch.setattr(owner, name, watched)
