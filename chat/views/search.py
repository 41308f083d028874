"""Looking for words in one's own chats: a page, and the same results as one types."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from chat.conversations.search.find import find
from chat.conversations.search.words import LONGEST_QUERY, TookTooLong, cleaned
from chat.signin.access import SignedInRequest, signed_in


@require_safe
@signed_in
def search(request: SignedInRequest) -> HttpResponse:
    typed, page = cleaned(request.GET.get("q", "")), _page_number(request.GET.get("page", ""))
    context = {"typed": typed, "longest": LONGEST_QUERY, "page": page}
    try:
        context["found"] = find(request.user.id, typed, page)
    except TookTooLong:
        context["took_too_long"] = True
    response = render(request, "search/_found.html" if request.htmx else "search/search.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _page_number(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 1
