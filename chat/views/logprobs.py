"""The probabilities of an answer's tokens, which are shown when somebody asks for them."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.input_values import int_or_none
from chat.pages.logprobs import read_page
from chat.views.access import own_reply


@require_safe
@signed_in
def show(request: SignedInRequest, reply_id: UUID) -> HttpResponse:
    """A page of its own; for htmx just what the answer shows."""
    reply = own_reply(request, reply_id)
    if not reply.logprobs:
        raise Http404
    context = {
        "reply": reply,
        "logprobs": read_page(reply, int_or_none(request.GET.get("page")) or 1),
        "back": reply.message.url,
    }
    return render(request, "messages/_logprobs.html" if request.htmx else "messages/logprobs.html", context)
