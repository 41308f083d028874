"""A request that is refused: the response made of a row of the table of errors, and of facts."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.standin.errors import find
from tests.standin.web import Response

DEFAULTS = {"id": "", "model": "this model", "provider": "StandIn", "flagged": "", "max_tokens": 65536}


class Refused(Exception):
    """A request that ends in one of ERRORS."""

    def __init__(self, status: int, kind: str = "", *, bare: Any = False, **facts: Any) -> None:
        """`bare` leaves out everything but code and message, as OpenRouter does at times."""
        self.error = find(status, kind)
        if bare:
            self.error = replace(self.error, metadata=None, headers={}, availability=None)
        self.facts = {**DEFAULTS, **_resets(kind), **self.error.facts, **facts}
        super().__init__(f"{status} {self.error.kind}")

    def body(self, user_id: str | None = None) -> dict[str, Any]:
        """The JSON that says so: `{"error": {"message", "code", "metadata"?}, "user_id"?}`."""
        if self.error.plain:
            return {"success": False, "error": self.error.message}
        body: dict[str, Any] = {"error": self.inner()}
        if self.error.signed and user_id:
            body["user_id"] = user_id
        return body

    def inner(self) -> dict[str, Any]:
        inner: dict[str, Any] = {"message": self._filled(self.error.message), "code": self.error.status}
        if not self.error.has_code:
            inner = {"message": inner["message"], "error_type": "not_found", "http_status": inner.pop("code")}
        if self.error.availability is not None:
            inner["availability"] = self._filled(self.error.availability)
        if self.error.metadata is not None:
            inner["metadata"] = self._filled(self.error.metadata)
        return inner

    def response(self, user_id: str | None = None, status: int | None = None) -> Response:
        """`status` may differ from the error's own: OpenRouter commits 200 before a provider fails."""
        headers = tuple(self._filled(self.error.headers).items())
        if self.error.text:
            return Response.html(self.error.text, status or self.error.status, headers)
        return Response.json(self.body(user_id), status or self.error.status, headers)

    def _filled(self, template: Any) -> Any:
        if isinstance(template, str):
            return template.format(**self.facts)
        if isinstance(template, Mapping):
            return {name: self._filled(value) for name, value in template.items()}
        return [self._filled(each) for each in template] if isinstance(template, list) else template


def _resets(kind: str) -> dict[str, int | str]:
    """When a limit ends: the next UTC midnight or full minute, in milliseconds, for free models; a date for budgets."""
    period = 60 if kind in ("", "per-minute") else 86400
    end = (int(time.time()) // period + 1) * period
    return {"reset": end * 1000, "resets_at": _next_period(kind, datetime.now(UTC).date()).isoformat() + "T00:00:00Z"}


def _next_period(kind: str, today: date) -> date:
    if kind.endswith("daily"):
        return today + timedelta(days=1)
    if kind.endswith(("weekly", "member")):
        return today + timedelta(days=7 - today.weekday())
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
