"""Export chats: one as Markdown, JSON or a zip with its images, or all of them."""

from collections.abc import Generator
from uuid import UUID

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.archive import filenames
from chat.archive.export_json import write_chat_json
from chat.archive.export_markdown import NOTES, write_chat_markdown
from chat.archive.exporter import export_account, export_chat
from chat.archive.zip_writer import encode_pieces
from chat.input_values import uuid_or_none
from chat.pages.account import render_account
from chat.throttle import throttled
from chat.views.access import own_conversation
from chat.views.download import download

_exporting: set[UUID] = set()  # who is exporting everything, in this process


@require_GET
@signed_in
def markdown(request: SignedInRequest, conversation_id: UUID) -> HttpResponseBase:
    """The path that the chat shows first, or the one through `?branch=<message id>`."""
    conversation = own_conversation(request, conversation_id)
    texts = write_chat_markdown(conversation, link=NOTES, branch=uuid_or_none(request.GET.get("branch")))
    name = f"{filenames.download_filename(conversation)}.md"
    return download(request, throttled(encode_pieces(texts)), name, "text/markdown; charset=utf-8")


@require_GET
@signed_in
def as_json(request: SignedInRequest, conversation_id: UUID) -> HttpResponseBase:
    conversation = own_conversation(request, conversation_id)
    name = f"{filenames.download_filename(conversation)}.json"
    return download(request, throttled(encode_pieces(write_chat_json(conversation))), name, "application/json")


@require_GET
@signed_in
def with_images(request: SignedInRequest, conversation_id: UUID) -> HttpResponseBase:
    conversation = own_conversation(request, conversation_id)
    name = f"{filenames.download_filename(conversation)}.zip"
    return download(request, export_chat(conversation), name, "application/zip")


@require_GET
@signed_in
def everything(request: SignedInRequest) -> HttpResponseBase:
    if request.user.id in _exporting:
        sentence = _("Another export of your chats is still running. Wait for it to finish, or cancel it first.")
        return render_account(request, status=429, export_error=sentence)
    content = _one_at_a_time(export_account(request.user), request.user.id)
    return download(request, content, filenames.account_filename(), "application/zip")


def _one_at_a_time(content: Generator[bytes], owner: UUID) -> Generator[bytes]:
    _exporting.add(owner)
    try:
        yield from content
    finally:
        _exporting.discard(owner)
