"""Export chats: one as Markdown, JSON or a zip with its images, or all of them."""

from collections.abc import Generator
from contextlib import closing
from uuid import UUID

from django.db import close_old_connections
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.archive import filenames
from chat.archive.export_json import write_chat_json
from chat.archive.export_markdown import image_note, write_chat_markdown
from chat.archive.exporter import export_account, export_chat
from chat.archive.zip_writer import encode_pieces
from chat.pages.account import render_account
from chat.params import uuid_or_none
from chat.streaming.client_connection import ClientConnection
from chat.throttle import throttled
from chat.views.access import own_conversation

_exporting: set[UUID] = set()  # who is exporting everything, in this process


@require_GET
@signed_in
def markdown(request: SignedInRequest, conversation_id: UUID) -> HttpResponseBase:
    """The path that the chat shows first, or the one through `?branch=<message id>`."""
    conversation = own_conversation(request, conversation_id)
    texts = write_chat_markdown(conversation, link=image_note, branch=uuid_or_none(request.GET.get("branch")))
    name = f"{filenames.download_filename(conversation)}.md"
    return _download(request, throttled(encode_pieces(texts)), name, "text/markdown; charset=utf-8")


@require_GET
@signed_in
def as_json(request: SignedInRequest, conversation_id: UUID) -> HttpResponseBase:
    conversation = own_conversation(request, conversation_id)
    name = f"{filenames.download_filename(conversation)}.json"
    return _download(request, throttled(encode_pieces(write_chat_json(conversation))), name, "application/json")


@require_GET
@signed_in
def with_images(request: SignedInRequest, conversation_id: UUID) -> HttpResponseBase:
    conversation = own_conversation(request, conversation_id)
    name = f"{filenames.download_filename(conversation)}.zip"
    return _download(request, export_chat(conversation), name, "application/zip")


@require_GET
@signed_in
def everything(request: SignedInRequest) -> HttpResponseBase:
    if request.user.id in _exporting:
        sentence = _("Another export of your chats is still running. Wait for it to finish, or cancel it first.")
        return render_account(request, status=429, export_error=sentence)
    content = _one_at_a_time(export_account(request.user), request.user.id)
    return _download(request, content, filenames.account_filename(), "application/zip")


def _one_at_a_time(content: Generator[bytes], owner: UUID) -> Generator[bytes]:
    _exporting.add(owner)
    try:
        yield from content
    finally:
        _exporting.discard(owner)


def _without_database(content: Generator[bytes]) -> Generator[bytes]:
    """The same content; between its pieces, while a slow reader takes one, no database connection is open."""
    with closing(content):
        for piece in content:
            close_old_connections()
            yield piece


def _download(request: SignedInRequest, content: Generator[bytes], name: str, content_type: str) -> HttpResponseBase:
    reader = ClientConnection(request.META.get("gunicorn.socket"))
    response = StreamingHttpResponse(reader.stream(_without_database(content)), content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would write it to its disk
    if content_type == "application/zip":
        response["Content-Encoding"] = "identity"  # GZipMiddleware would compress it again
    return response
