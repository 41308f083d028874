"""Import chats, presets and prompts from an exported file."""

from typing import BinaryIO, cast
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.archive.importer import import_chats
from chat.archive.json_reader import UnreadableFile
from chat.archive.upload_handler import FIELD, ArchiveUpload
from chat.archive.zip_reader import MAX_BYTES
from chat.pages.account import render_account
from chat.views.body_limit import limit_body

_importing: set[UUID] = set()  # who is importing, in this process
MOST_FAILURES = 20  # shown one by one


@limit_body(MAX_BYTES + 1_000_000, upload_handler=ArchiveUpload)
@require_POST
@signed_in
def import_file(request: SignedInRequest) -> HttpResponseBase:
    if request.user.id in _importing:
        return _refused(request, _("Another import is still running. Wait for it to finish."), status=429)
    _importing.add(request.user.id)
    try:
        return _import_file(request)
    finally:
        _importing.discard(request.user.id)


def _import_file(request: SignedInRequest) -> HttpResponse:
    file = request.FILES.get(FIELD)
    if any(isinstance(upload, ArchiveUpload) and upload.is_too_large for upload in request.upload_handlers):
        sentence = _("This file is larger than %(most)d MB. Import its chats a few at a time.") % {
            "most": MAX_BYTES // 1_000_000
        }
        return _refused(request, sentence)
    if not isinstance(file, UploadedFile):
        return _refused(request, _("Choose a file first."))
    try:
        report = import_chats(cast(BinaryIO, file.file), name=file.name or "", owner=request.user)
    except UnreadableFile as why:
        return _refused(request, str(why))
    failures, more = report.failures[:MOST_FAILURES], len(report.failures[MOST_FAILURES:])
    return render(request, "account/import_done.html", {"report": report, "failures": failures, "more": more})


def _refused(request: SignedInRequest, sentence: str, *, status: int = 422) -> HttpResponse:
    return render_account(request, status=status, import_error=sentence)
