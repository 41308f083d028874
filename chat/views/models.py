"""The list of models, the page of each, and its providers."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.catalogue import cache
from chat.catalogue.alternatives import Requirements, cheaper_alternative
from chat.catalogue.model_search import MAX_QUERY_LENGTH
from chat.catalogue.personal_models import is_available_to, keep_fresh
from chat.catalogue.picker import name_of, price_of
from chat.catalogue.providers import providers_of
from chat.input_values import int_or_none
from chat.openrouter import Model
from chat.pages.models import ModelPage, model_list, privacy_settings_url
from chat.rendering.markdown import render as rendered

MAX_DESCRIPTION = 10_000  # characters


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    """All models, or those that the address asks for; for htmx the list alone."""
    keep_fresh(request.user)
    listed = model_list(request.user, request.GET.dict())
    context = {"list": listed, "longest": MAX_QUERY_LENGTH, "privacy_settings_url": privacy_settings_url()}
    return _page_or_part(request, "models/models.html", "models/_list.html", context)


@require_safe
@signed_in
def cheaper(request: SignedInRequest) -> HttpResponse:
    """A part for the composer: a button that names a cheaper model and its price; empty where none would do."""
    wanted = Requirements(
        request.GET.get("model", ""),
        sees_images=request.GET.get("images") == "1",
        tokens=int_or_none(request.GET.get("tokens")) or 0,
    )
    model = cheaper_alternative(wanted)
    context = {"model": model, "name": name_of(model.id), "price": price_of(model)} if model else {}
    return render(request, "composer/_cheaper_model.html", context)


@require_safe
@signed_in
def show(request: SignedInRequest, model_id: str) -> HttpResponse:
    keep_fresh(request.user)
    model = _listed(model_id)
    context = {
        "page": ModelPage(model, is_available_to(request.user, model)),
        "description": mark_safe(rendered(model.description[:MAX_DESCRIPTION])),  # noqa: S308  it is safe HTML
        "privacy_settings_url": privacy_settings_url(),
        "is_starred": model.id in request.user.starred_models,
    }
    return render(request, "models/model.html", context)


@require_safe
@signed_in
def providers(request: SignedInRequest, model_id: str) -> HttpResponse:
    """Who provides a model; it may take some seconds. For htmx that part of the page alone."""
    model = _listed(model_id)
    context = {"page": ModelPage(model, is_available=True), "providers": providers_of(model, request.user)}
    return _page_or_part(request, "models/providers.html", "models/_providers.html", context)


def _listed(model_id: str) -> Model:
    """The model, if the list has this very id: an address cannot make the site ask OpenRouter for anything else."""
    model = cache.find(model_id)
    if model is None or not cache.is_listed(model_id):
        raise Http404
    return model


def _page_or_part(request: SignedInRequest, page: str, part: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, part if request.htmx else page, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
