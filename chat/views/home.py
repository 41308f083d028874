"""The start page: a new chat for the signed-in, one button for everybody else."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.catalogue import cache
from chat.signin.access import VisitorRequest, as_signed_in, safe_destination
from chat.views.page import render_page
from chat.views.signin import LEFT

LONGEST_PROMPT = 20_000  # characters that an address may put into the composer


@require_safe
def home(request: VisitorRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        destination = safe_destination(request.GET.get("next", "") or request.get_full_path())
        context = {"next": destination, "left": request.session.pop(LEFT, "")}
        return render(request, "chat/welcome.html", context)
    # A prompt in the address only fills the field: if it sent, any link could spend the visitor's money.
    prompt = request.GET.get("prompt") or request.GET.get("q", "")
    wanted = cache.find(request.GET.get("model", ""))
    return render_page(
        as_signed_in(request),
        None,
        prompt=prompt[:LONGEST_PROMPT],
        model=wanted.id if wanted else "",
        is_temporary="temporary" in request.GET,
    )
