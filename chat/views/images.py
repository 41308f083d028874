"""Images, for their owner alone: shown, and like files uploaded one by one before their message."""

import time
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chat.accounts.signed_in import SignedInRequest, VisitorRequest, as_signed_in, signed_in
from chat.archive.filenames import image_download_filename
from chat.conversations.attachments import clean_attachment_name
from chat.files.storage import Document, remove_unsent_files
from chat.files.storage import store_upload as store_file
from chat.images.checks import MAX_IMAGE_BYTES
from chat.images.processing import ImageRefused
from chat.images.storage import EXTENSIONS, remove_unsent, store_upload
from chat.images.upload_handler import received_images
from chat.input_values import uuid_or_none
from chat.models import File, Image, MessageImage
from chat.views.access import own_image
from chat.views.body_limit import DEFAULT_BYTES, limit_body

DAY_SECONDS = 60 * 60 * 24  # that a browser may show an image without asking; later, others may use that browser
SWEEP_SECONDS = 60 * 60

_swept_at = float("-inf")  # time.monotonic(), in this process


def _signed_out(request: VisitorRequest) -> HttpResponse:
    return _refused(_("You're signed out. Sign in again in another tab, then try again."), status=401)


@limit_body(MAX_IMAGE_BYTES + DEFAULT_BYTES, for_strangers=_signed_out)
@require_POST
def create(request: VisitorRequest) -> HttpResponse:
    """Store one image or file for a message that is sent later and names it in `kept`.

    Of an Office document the answer has the text, as `{"name", "text"}`. Refusals are `{"error": sentence}`.
    """
    if not request.user.is_authenticated:
        return _signed_out(request)
    files, refusals = received_images(request)
    if refusals or len(files) != 1:
        return _refused(" ".join(refusals) or _("Upload one image at a time."))
    try:
        stored = _store(files[0], owner=as_signed_in(request).user.id)
    except ImageRefused as refusal:
        return _refused(str(refusal))
    _sweep_now_and_then()
    return JsonResponse(_described(stored), status=201)


def _store(upload: "UploadedFile[bytes]", *, owner: UUID) -> Image | File | Document:
    file = store_file(upload, name=clean_attachment_name(upload.name or ""), owner=owner)
    return file or store_upload(upload, owner=owner)


def _refused(sentence: str, *, status: int = 422) -> HttpResponse:
    return JsonResponse({"error": sentence}, status=status)


def _described(stored: Image | File | Document) -> dict[str, Any]:
    if isinstance(stored, Document):
        return stored._asdict()
    return _described_file(stored) if isinstance(stored, File) else _described_image(stored)


def _described_file(file: File) -> dict[str, Any]:
    facts = {"id": str(file.id), "url": file.url, "thumbnail": file.thumbnail_url, "size_bytes": file.size_bytes}
    return facts | {"type": file.content_type, "pages": file.pages, "tokens": file.tokens}


def _described_image(image: Image) -> dict[str, Any]:
    warning = _("This image is very long, so its text may be too small for models to read. Try splitting it.")
    return {
        **({"warning": warning} if image.is_hard_to_read else {}),
        "id": str(image.id),
        "url": image.url,
        "width": image.width,
        "height": image.height,
        "size_bytes": image.size_bytes,
    }


def _sweep_now_and_then() -> None:
    """Remove images and files that no message has, at most once an hour. Only uploads leave such, so they do this."""
    global _swept_at
    if time.monotonic() - _swept_at > SWEEP_SECONDS:
        _swept_at = time.monotonic()
        remove_unsent()
        remove_unsent_files()


@require_safe
@signed_in
def show(request: SignedInRequest, image_id: UUID) -> FileResponse:
    image = own_image(request, image_id)
    try:
        file = image.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    # The type is what decoding found, and browsers must not guess another (nosniff: SecurityMiddleware).
    is_download = "download" in request.GET
    name = _name(image, uuid_or_none(request.GET.get("download")))
    response = FileResponse(file, as_attachment=is_download, filename=name, content_type=image.content_type)
    response["Cache-Control"] = f"private, max-age={DAY_SECONDS}, immutable"  # an id never changes its content
    response["Content-Encoding"] = "identity"  # GZipMiddleware would compress it again, which takes 60 ms
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _name(image: Image, message: UUID | None) -> str:
    """What the file is called: after the chat with that message, if the image is in it."""
    places = MessageImage.objects.filter(image=image, message=message, message__conversation__deleted_at=None)
    place = places.select_related("message__conversation", "image").first() if message else None
    return image_download_filename(place) if place else f"image-{image.id.hex[:8]}.{EXTENSIONS[image.content_type]}"
