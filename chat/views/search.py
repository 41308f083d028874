"""Search one's own chats: a page, and for htmx its results alone, while somebody types."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.input_values import uuid_or_none
from chat.models import Conversation
from chat.search.find import find
from chat.search.query import MAX_QUERY_LENGTH, TookTooLong, clean_query
from chat.views.access import own_conversation


@require_safe
@signed_in
def search(request: SignedInRequest) -> HttpResponse:
    typed, page = clean_query(request.GET.get("q", "")), _page_number(request.GET.get("page", ""))
    within = _chat(request)
    context = {"typed": typed, "longest": MAX_QUERY_LENGTH, "page": page, "within": within}
    try:
        context["found"] = find(request.user.id, typed, page, within)
    except TookTooLong:
        context["took_too_long"] = True
    response = render(request, "search/_results.html" if request.htmx else "search/search.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _page_number(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 1


def _chat(request: SignedInRequest) -> Conversation | None:
    """The only one that is searched, if the address names one."""
    if "chat" not in request.GET:
        return None
    conversation = own_conversation(request, uuid_or_none(request.GET["chat"]))
    if conversation.is_temporary:
        raise Http404
    return conversation
