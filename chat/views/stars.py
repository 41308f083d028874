"""Models that a person has starred come first in the picker: this stars one, or removes its star."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.accounts.signed_in import SignedInRequest, safe_destination, signed_in
from chat.catalogue import cache


@require_POST
@signed_in
def star(request: SignedInRequest) -> HttpResponse:
    """Star the `model`, or with `starred=0` remove its star; then go on to `next`. Scripts get a 204."""
    model, starred = request.POST.get("model", ""), request.POST.get("starred") == "1"
    if starred and not cache.find(model):
        raise Http404
    if not request.user.star_model(model, starred=starred):
        words = _("You can star up to %(count)d models. Remove a star first.")
        return HttpResponse(words % {"count": request.user.MAX_STARRED_MODELS}, status=422, content_type="text/plain")
    if request.htmx:
        return HttpResponse(status=204)
    return HttpResponseRedirect(safe_destination(request.POST.get("next", "/")))
