"""Responses of server-sent events: the stream of a reply, by itself or after something else."""

from collections.abc import Generator, Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from chat.models import Reply
from chat.streaming.client_connection import ClientConnection
from chat.streaming.follow import follow


def event_stream(content: Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store, no-transform"
    response["X-Accel-Buffering"] = "no"  # nginx would hold events back
    response["Content-Encoding"] = "identity"  # GZipMiddleware would, too
    return response


def reply_stream(request: HttpRequest, reply: Reply, *, first: bytes = b"", **options: Any) -> StreamingHttpResponse:
    """The event `first`, if any, and those of `follow`, which gets the `options`."""
    reader = ClientConnection(request.META.get("gunicorn.socket"), request.user.pk)
    content = follow(reply, has_disconnected=reader.has_disconnected, **options)
    return event_stream(reader.stream(_after(first, content) if first else content))


def _after(first: bytes, content: Generator[bytes]) -> Generator[bytes]:
    yield first
    del first  # not needed as long as the stream
    yield from content
