"""Bringing chats in that were taken along."""

from typing import BinaryIO, cast
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from chat.signin.access import SignedInRequest, VisitorRequest, as_signed_in, signed_in
from chat.takeaway.bringing import bring_in
from chat.takeaway.parcel import MOST_BYTES
from chat.takeaway.told import Unreadable
from chat.takeaway.uploads import FIELD, ParcelUpload
from chat.views.account import render_account

_bringing: set[UUID] = set()  # who is bringing something in, in this process
MOST_FAILURES = 20  # shown one by one


@csrf_exempt  # here only: the check reads the form, and with it the file, and `_bring` makes it
@require_POST
@signed_in
def bring(request: SignedInRequest) -> HttpResponseBase:
    if request.user.id in _bringing:
        return _refused(request, _("Another file of yours is being read. Wait for its end."), status=429)
    _bringing.add(request.user.id)
    try:
        request.upload_handlers = [ParcelUpload(request)]
        return _bring(request)
    finally:
        _bringing.discard(request.user.id)


@csrf_protect
def _bring(request: HttpRequest) -> HttpResponse:
    signed_in_request = as_signed_in(cast(VisitorRequest, request))
    file = request.FILES.get(FIELD)
    (upload,) = request.upload_handlers
    if isinstance(upload, ParcelUpload) and upload.is_too_large:
        sentence = _("This file is larger than %(most)d MB. Bring its chats in a few at a time.") % {
            "most": MOST_BYTES // 1_000_000
        }
        return _refused(signed_in_request, sentence)
    if not isinstance(file, UploadedFile):
        return _refused(signed_in_request, _("Choose a file first."))
    try:
        report = bring_in(cast(BinaryIO, file.file), name=file.name or "", owner=signed_in_request.user)
    except Unreadable as why:
        return _refused(signed_in_request, str(why))
    failures, more = report.failures[:MOST_FAILURES], len(report.failures[MOST_FAILURES:])
    return render(request, "signin/brought.html", {"report": report, "failures": failures, "more": more})


def _refused(request: SignedInRequest, sentence: str, *, status: int = 422) -> HttpResponse:
    return render_account(request, status=status, import_error=sentence)
