"""One's own presets: list them, edit one, put them in order, choose the one that new chats begin with, delete one."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.catalogue.personal_models import presets_of
from chat.catalogue.picker import name_of, options
from chat.conversations.settings import make_default, move
from chat.input_values import uuid_or_none
from chat.models import Preset
from chat.pages.settings import SettingsPage, preset_name_problem
from chat.parameters.request import summary


@require_safe
@signed_in
def index(request: SignedInRequest) -> HttpResponse:
    presets = [
        {"preset": preset, "model": name_of(preset.model) if preset.model else "", "summary": summary(preset.settings)}
        for preset in request.user.presets.exclude(name="")
    ]
    return render(request, "settings/presets.html", {"presets": presets})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: SignedInRequest, preset_id: UUID) -> HttpResponse:
    preset = _own_preset(request, preset_id)
    page = SettingsPage(request, preset.settings, preset.model, back=reverse("presets"))
    model = page.model_id if request.method != "POST" or request.POST.get("model") else ""
    page.template = "settings/preset.html"
    page.context = {
        "preset": preset,
        "models": options(model, presets=presets_of(request.user)),
        "preset_name": request.POST.get("preset_name", preset.name),
    }
    if request.method != "POST" or not page.is_valid():
        return page.render()
    if problem := preset_name_problem(page.preset_name):
        return page.refuse(problem)
    preset.name, preset.model, preset.settings = page.preset_name, model, page.form.settings
    preset.save(update_fields=["name", "model", "settings"])
    return HttpResponseRedirect(reverse("presets"))


@require_POST
@signed_in
def default(request: SignedInRequest) -> HttpResponse:
    """Let new chats start with the preset that is sent; with none if it is empty."""
    make_default(request.user, uuid_or_none(request.POST.get("preset", "")))
    return HttpResponseRedirect(reverse("presets"))


@require_POST
@signed_in
def position(request: SignedInRequest, preset_id: UUID) -> HttpResponse:
    """Move a preset up or down by one place."""
    move(request.user, _own_preset(request, preset_id), up=request.POST.get("to") == "up")
    return HttpResponseRedirect(reverse("presets"))


@require_POST
@signed_in
def delete(request: SignedInRequest, preset_id: UUID) -> HttpResponse:
    _own_preset(request, preset_id).delete()
    return HttpResponseRedirect(reverse("presets"))


def _own_preset(request: SignedInRequest, id_: UUID) -> Preset:
    return get_object_or_404(request.user.presets.exclude(name=""), pk=id_)
