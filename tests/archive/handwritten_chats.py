"""Chats as somebody may write them by hand."""

from typing import Any

NOW = "2026-01-02T03:04:05+00:00"


def a_chat(**changes: Any) -> dict[str, Any]:
    return {
        **{"format": "potluck-chat", "version": 1, "id": "a", "title": "Made up", "created_at": NOW},
        "messages": [a_question(), an_answer()],
        **changes,
    }


def a_question(**changes: Any) -> dict[str, Any]:
    return {"id": "1", "parent": None, "role": "user", "text": "Why?", "created_at": NOW} | changes


def an_answer(*, reply: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    told = {"state": "complete", "model": "x/y", "asked_at": NOW} | (reply or {})
    answer = {"id": "2", "parent": "1", "role": "assistant", "text": "So.", "created_at": NOW, "reply": told}
    return answer | changes
