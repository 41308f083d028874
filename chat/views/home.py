"""The start page: a new chat for the signed-in, one button for everybody else."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.accounts.signed_in import SignedInRequest, VisitorRequest, as_signed_in, safe_destination
from chat.catalogue.pseudo_models import can_be_asked
from chat.catalogue.sign_in_facts import catalogue_summary
from chat.input_values import uuid_or_none
from chat.models import Preset
from chat.pages.composer import Contents, models_to_compare
from chat.pages.conversation import render_page
from chat.pages.image_edit import put_image_to_edit
from chat.replies.catch_up import catch_up
from chat.views.access import own_image
from chat.views.signin import CLEAR_DRAFTS_OF

LONGEST_PROMPT = 20_000  # characters that an address may put into the composer


@require_safe
def home(request: VisitorRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return _welcome(request)
    # A prompt in the address only fills the field: if it were sent, any link could spend the visitor's money.
    prompt = request.GET.get("prompt") or request.GET.get("q", "")
    wanted = request.GET.get("model", "")
    preset = _preset(as_signed_in(request))
    contents = Contents(
        prompt=prompt[:LONGEST_PROMPT],
        model=wanted if can_be_asked(wanted) else (preset and preset.model) or "",
        compare=models_to_compare(request.GET.getlist("compare")),
        preset=preset,
        is_temporary="temporary" in request.GET,
    )
    if image_id := uuid_or_none(request.GET.get("image")):
        put_image_to_edit(contents, own_image(as_signed_in(request), image_id), None)
    catch_up(as_signed_in(request).user)
    return render_page(as_signed_in(request), None, contents)


def _preset(request: SignedInRequest) -> Preset | None:
    """The preset that the address names, which may be an empty word for none; else the default one."""
    if "preset" in request.GET:
        id_ = uuid_or_none(request.GET["preset"])
        return request.user.presets.filter(pk=id_).first() if id_ else None
    return request.user.presets.filter(is_default=True).first()


def _welcome(request: VisitorRequest) -> HttpResponse:
    context = {
        "next": safe_destination(request.GET.get("next", "") or request.get_full_path()),
        "clear_drafts_of": request.session.pop(CLEAR_DRAFTS_OF, ""),
        "catalogue": catalogue_summary(),
        "is_private": settings.IS_PRIVATE,
        "contact": settings.CONTACT,
        "contact_label": settings.CONTACT.removeprefix("mailto:").removeprefix("https://"),
        "source_url": settings.SOURCE_URL,
    }
    return render(request, "signin/welcome.html", context)
