"""The whole of a long text that stands beside a message."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from chat.accounts.access import SignedInRequest, signed_in
from chat.models import Attachment


@require_safe
@signed_in
def show(request: SignedInRequest, message_id: UUID, position: int) -> HttpResponse:
    own = Attachment.objects.filter(message__conversation__in=request.user.conversations.filter(deleted_at=None))
    attachment = get_object_or_404(own, message=message_id, position=position)
    response = HttpResponse(attachment.text, content_type="text/plain; charset=utf-8")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"  # whoever wrote it, it is only read
    return response
