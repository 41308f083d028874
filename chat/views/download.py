"""Streams a file that is made while it is downloaded."""

from collections.abc import Generator
from contextlib import closing

from django.db import close_old_connections
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from chat.accounts.signed_in import SignedInRequest
from chat.streaming.client_connection import ClientConnection


def download(request: SignedInRequest, content: Generator[bytes], name: str, content_type: str) -> HttpResponseBase:
    reader = ClientConnection(request.META.get("gunicorn.socket"), request.user.pk)
    response = StreamingHttpResponse(reader.stream(_without_database(content)), content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would write it to its disk
    if content_type == "application/zip":
        response["Content-Encoding"] = "identity"  # GZipMiddleware would compress it again
    return response


def _without_database(content: Generator[bytes]) -> Generator[bytes]:
    """The content; between its pieces, while a slow reader takes one, no database connection is open."""
    with closing(content):
        for piece in content:
            close_old_connections()
            yield piece
