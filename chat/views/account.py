"""One's own account: preferences, appearance, the key, disconnecting from OpenRouter, deleting everything."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chat.accounts.key_status import refresh_now
from chat.accounts.key_summary import key_page_url
from chat.accounts.sessions import CLEAR_CACHE_HEADERS, other_sessions
from chat.accounts.signed_in import SignedInRequest, VisitorRequest, safe_destination, signed_in
from chat.context_processors import SIDEBARS, THEMES
from chat.deletion import accounts
from chat.forms.limits import LimitsForm
from chat.forms.preferences import PreferencesForm
from chat.forms.voice import VoiceForm
from chat.models import Reply, StoredKey
from chat.pages.account import render_account
from chat.replies.stop import stop

YEAR_SECONDS = 60 * 60 * 24 * 365


@require_GET
@signed_in
def account(request: SignedInRequest) -> HttpResponse:
    return render_account(request)


@require_POST
@signed_in
def preferences(request: SignedInRequest) -> HttpResponse:
    form = PreferencesForm(request.POST, instance=request.user)
    if not form.save_valid_choices():
        return render_account(request, preferences=form, status=422)
    if request.htmx:
        return HttpResponse(status=204)
    return HttpResponseRedirect(f"{reverse('account')}#preferences")


@require_POST
@signed_in
def limits(request: SignedInRequest) -> HttpResponse:
    form = LimitsForm(request.POST, user=request.user)
    if not form.is_valid():
        return render_account(request, limits=form, status=422)
    form.save()
    return HttpResponseRedirect(f"{reverse('account')}#limits")


@require_POST
@signed_in
def voice(request: SignedInRequest) -> HttpResponse:
    """Save the choices for dictation and reading aloud."""
    form = VoiceForm(request.POST, user=request.user)
    if not form.is_valid():
        return render_account(request, voice=form, status=422)
    form.save()
    if request.htmx:
        return HttpResponse(status=204)
    return HttpResponseRedirect(f"{reverse('account')}#voice")


@require_POST
@signed_in
def refresh_key(request: SignedInRequest) -> HttpResponse:
    """Ask OpenRouter now what is left to spend."""
    stored = StoredKey.objects.filter(user=request.user).first()
    if stored and not refresh_now(stored):
        return render_account(request, status=429, key_note=_("You can only refresh this once a minute."))
    return HttpResponseRedirect(f"{reverse('account')}#key")


@require_POST
@signed_in
def disconnect(request: SignedInRequest) -> HttpResponse:
    """Delete the stored key and sign out, everywhere if asked to. Only OpenRouter can delete the key itself."""
    for reply in Reply.objects.filter(message__conversation__user=request.user, state__in=Reply.RUNNING):
        stop(reply)  # it would spend more
    person = str(request.user.pk)
    stored = StoredKey.objects.filter(user=request.user).first()
    settings_url = key_page_url(stored)
    if stored:
        stored.delete()
    if request.POST.get("everywhere") == "yes":
        other_sessions(request).delete()
    logout(request)
    context = {"settings_url": settings_url, "clear_drafts_of": person}
    return HttpResponse(render_to_string("account/disconnected.html", context, request), headers=CLEAR_CACHE_HEADERS)


@require_POST
def appearance(request: VisitorRequest) -> HttpResponse:
    """Remember in this browser which theme was chosen, or whether the sidebar is open."""
    destination = safe_destination(request.POST.get("next") or request.GET.get("next", "/"))
    response = HttpResponse(status=204) if request.htmx else HttpResponseRedirect(destination)
    for field, choices, cookie in (
        ("theme", THEMES, settings.THEME_COOKIE_NAME),
        ("sidebar", SIDEBARS, settings.SIDEBAR_COOKIE_NAME),
    ):
        if (chosen := request.POST.get(field, "")) in choices:
            secure = settings.SESSION_COOKIE_SECURE
            response.set_cookie(cookie, chosen, max_age=YEAR_SECONDS, samesite="Lax", secure=secure)
    return response


@require_POST
@signed_in
def delete(request: SignedInRequest) -> HttpResponse:
    """Delete the account with all it has. Only OpenRouter can delete the key itself, so the page says where."""
    if request.POST.get("sure") != "yes":
        return render_account(request, status=422, leaving_error=_("Nothing was deleted. Tick the box first."))
    settings_url = key_page_url(StoredKey.objects.filter(user=request.user).first())
    accounts.delete_account(request.user)
    logout(request)
    response = render(request, "account/deleted.html", {"settings_url": settings_url})
    response["Clear-Site-Data"] = '"cache", "storage"'  # images and drafts that this browser keeps
    return response
