"""The whole text of an attachment, of which a message shows the beginning."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.views.access import own_attachment


@require_safe
@signed_in
def show(request: SignedInRequest, message_id: UUID, position: int) -> HttpResponse:
    response = HttpResponse(
        own_attachment(request, message_id, position).text, content_type="text/plain; charset=utf-8"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"  # nothing in it may run
    return response
