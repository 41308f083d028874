"""PDFs and audio files, for their owner alone: downloaded, played, and sent along with later messages or not."""

import re
from typing import BinaryIO, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.input_values import uuid_or_none
from chat.models import File, MessageFile
from chat.views.access import own_file, own_message
from chat.views.context_images import is_wanted, note_context

DAY_SECONDS = 60 * 60 * 24  # that a browser may keep a file; later, others may use that browser
RANGE = re.compile(r"bytes=(\d{1,10})-(\d{0,10})", re.ASCII)


@require_safe
@signed_in
def show(request: SignedInRequest, file_id: UUID) -> HttpResponse | FileResponse:
    """The file as it was uploaded, to download; or a part of it, which is how browsers play audio."""
    file = own_file(request, file_id)
    content = _opened(str(file.file.name))
    response = _part(request, file, content) or FileResponse(content)
    response["Content-Type"] = file.content_type
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["Accept-Ranges"] = "bytes"
    return _guarded(response)


@require_safe
@signed_in
def thumbnail(request: SignedInRequest, file_id: UUID) -> FileResponse:
    """The first page of a PDF as an image."""
    file = own_file(request, file_id)
    if not file.has_thumbnail:
        raise Http404
    response = FileResponse(_opened(file.thumbnail_name), content_type="image/jpeg")
    _guarded(response)
    return response


@require_POST
@signed_in
def switch(request: SignedInRequest, message_id: UUID, position: int) -> HttpResponse:
    """Send a file again with later messages, or do not."""
    message = own_message(request, message_id)
    place = next((each for each in message.files_in_order.all() if each.position == position), None)
    if place is None:
        raise Http404
    place.is_sent_along = is_wanted(request)
    MessageFile.objects.filter(pk=place.pk).update(is_sent_along=place.is_sent_along)
    if not request.htmx:
        return HttpResponseRedirect(f"{message.conversation.url_through(message.id)}#message-{message.id}")
    branch = uuid_or_none(request.GET.get("branch") or request.POST.get("branch"))
    context = {"place": place, **note_context(message.conversation, branch)}
    return render(request, "messages/_file_context_toggled.html", context)


def _opened(name: str) -> BinaryIO:
    try:
        return cast(BinaryIO, default_storage.open(name, "rb"))
    except FileNotFoundError:
        raise Http404 from None


def _part(request: HttpRequest, file: File, content: BinaryIO) -> HttpResponse | None:
    """What a request for a range of bytes gets; None for any other. Source: RFC 9110, section 14."""
    wanted = RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted is None:
        return None
    first, last = int(wanted[1]), min(int(wanted[2] or file.size_bytes), file.size_bytes - 1)
    with content:
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size_bytes}"})
        content.seek(first)
        response = HttpResponse(content.read(last - first + 1), status=206)
    response["Content-Range"] = f"bytes {first}-{last}/{file.size_bytes}"
    return response


def _guarded(response: "HttpResponse | FileResponse") -> "HttpResponse | FileResponse":
    """Nothing in it may run. Browsers must not guess another type either (nosniff: SecurityMiddleware)."""
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = f"private, max-age={DAY_SECONDS}, immutable"  # an id never changes its content
    response["Content-Encoding"] = "identity"  # GZipMiddleware would compress it
    return response
