"""The settings of a chat, and of one that is about to begin, as a page or in a dialog."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.conversations.quota import OutOfSpace
from chat.conversations.settings import TooManyPresets, create_preset, settings_for_one_chat, store_settings
from chat.input_values import uuid_or_none
from chat.models import Conversation, Preset
from chat.pages.composer import Contents, composer_for
from chat.pages.settings import SettingsPage, link_context, preset_name_problem
from chat.views.access import own_conversation


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def of_chat(request: SignedInRequest, conversation_id: UUID) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    page = SettingsPage(request, conversation.settings, conversation.model, back=conversation.get_absolute_url())
    if request.method != "POST" or not page.is_valid():
        return page.render()
    try:
        store_settings(conversation, page.form.settings)
    except OutOfSpace as refusal:
        return page.refuse(str(refusal))
    if problem := _save_preset(request, page):
        return page.refuse(problem)
    return _saved(request, page, conversation.get_absolute_url(), conversation=conversation)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def of_new_chat(request: SignedInRequest) -> HttpResponse:
    """What is saved waits, as a preset without a name, for the first message of the page that the person goes on to."""
    id_ = uuid_or_none(request.GET.get("preset", ""))
    preset = get_object_or_404(request.user.presets, pk=id_) if id_ else None
    model = (preset and preset.model) or composer_for(request.user, None).model
    back = f"{reverse('home')}?preset={preset.pk}" if preset else reverse("home")
    page = SettingsPage(request, preset.settings if preset else {}, model, back=back)
    if request.method != "POST" or not page.is_valid():
        return page.render()
    if problem := _save_preset(request, page):
        return page.refuse(problem)
    chosen = page.model_id if page.is_model_chosen or (preset and preset.model) else ""
    new = settings_for_one_chat(request.user, page.form.settings, model=chosen)
    return _saved(request, page, f"{reverse('home')}?preset={new.pk}", preset=new)


def _save_preset(request: SignedInRequest, page: SettingsPage) -> str:
    """Also save the settings as a preset if that is asked for; returns what is wrong with that."""
    if request.POST.get("then") != "preset":
        return ""
    if problem := preset_name_problem(page.preset_name):
        return problem
    try:
        create_preset(request.user, page.preset_name, page.form.settings, model=page.model_id)
    except TooManyPresets as refusal:
        return str(refusal)
    return ""


def _saved(
    request: SignedInRequest,
    page: SettingsPage,
    address: str,
    *,
    conversation: Conversation | None = None,
    preset: Preset | None = None,
) -> HttpResponse:
    """For a dialog, what of the page depends on them; otherwise the chat."""
    if not request.htmx:
        return HttpResponseRedirect(address)
    composer = composer_for(request.user, conversation, contents=Contents(model=page.model_id, preset=preset))
    context = {"composer": composer, **link_context(conversation, preset)}
    return render(request, "settings/_saved.html", context)
