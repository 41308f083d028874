"""The request behind an answer, so that anybody can see what they paid for."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.model_request.files import NoMedia
from chat.streaming.sent_request import SentRequest, sent_request
from chat.views.access import own_reply


@require_safe
@signed_in
def show(request: SignedInRequest, reply_id: UUID) -> HttpResponse:
    """A page of its own; with `text` just the JSON, to be copied."""
    reply = own_reply(request, reply_id)
    if reply.message.deleted_at:
        raise Http404
    sent: SentRequest | None = None
    problem = ""
    try:
        sent = sent_request(reply)
    except NoMedia:
        problem = _("This site can't load the images of this chat right now, so it can't show the request.")
    if sent and "text" in request.GET:
        return HttpResponse(sent.body, content_type="application/json; charset=utf-8")
    context = {"reply": reply, "sent": sent, "problem": problem, "back": reply.message.url}
    return render(request, "messages/request.html", context)
