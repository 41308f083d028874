"""Pictures, for their owner alone."""

from uuid import UUID

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from chat.signin.access import SignedInRequest, signed_in

YEAR_SECONDS = 60 * 60 * 24 * 365


@require_safe
@signed_in
def show(request: SignedInRequest, picture_id: UUID) -> FileResponse:
    picture = get_object_or_404(request.user.pictures.in_sight(), pk=picture_id)
    try:
        file = picture.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, content_type=picture.content_type)
    # The type is what decoding found, and browsers must not guess another (nosniff: SecurityMiddleware).
    response["Content-Disposition"] = "inline"
    response["Cache-Control"] = f"private, max-age={YEAR_SECONDS}, immutable"  # an id never changes its content
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
