"""A request and a response, in the shape the handlers of this package pass round."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from tests.standin.connection import Connection

Headers = tuple[tuple[str, str], ...]

# What OpenRouter sends along with everything (taken from recorded answers).
COMMON_HEADERS: Headers = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "X-Generation-Id,X-Provider-Name,cf-ray"),
    ("Referrer-Policy", "no-referrer, strict-origin-when-cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
)
REASONS = {524: "A Timeout Occurred", 529: "Site Overloaded"}


@dataclass
class Request:
    """`headers` have lower-case names. `connection` is the socket below, for scenarios that misbehave."""

    method: str
    path: str
    query_string: str
    headers: dict[str, str]
    raw: bytes
    connection: Connection

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw.decode(), keep_blank_values=True))

    @cached_property
    def body(self) -> Any:
        """The parsed JSON, else the bytes, else None."""
        try:
            return json.loads(self.raw) if self.raw else None
        except ValueError:
            return self.raw

    @classmethod
    def from_environ(cls, environ: dict[str, Any]) -> "Request":
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        }
        return cls(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            headers,
            environ["wsgi.input"].read(),
            environ["standin.connection"],
        )


@dataclass
class Response:
    """`chunks` are sent one by one; a body known beforehand goes with its length."""

    status: int
    headers: Headers
    chunks: Iterable[bytes] = field(default=())

    @property
    def status_line(self) -> str:
        reason = REASONS.get(self.status) or HTTPStatus(self.status).phrase
        return f"{self.status} {reason}"

    @classmethod
    def json(cls, body: Any, status: int = 200, headers: Headers = ()) -> "Response":
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return cls.whole(content, "application/json", status, headers)

    @classmethod
    def html(cls, body: str, status: int = 200, headers: Headers = ()) -> "Response":
        return cls.whole(body.encode(), "text/html; charset=UTF-8", status, headers)

    @classmethod
    def redirect(cls, address: str) -> "Response":
        return cls(303, (("Location", address), ("Content-Length", "0")), ())

    @classmethod
    def whole(cls, content: bytes, content_type: str, status: int, headers: Headers) -> "Response":
        own: Headers = (("Content-Type", content_type), ("Content-Length", str(len(content))))
        return cls(status, (*own, *headers), (content,))
