"""Leaving for good."""

from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.accounts.key_summary import key_page
from chat.accounts.signed_in import SignedInRequest, signed_in
from chat.deletion import accounts
from chat.models import StoredKey
from chat.pages.account import render_account


@require_POST
@signed_in
def leave(request: SignedInRequest) -> HttpResponse:
    """Delete the account with all it has. The key itself only OpenRouter can delete, so say where."""
    if request.POST.get("sure") != "yes":
        return render_account(request, status=422, leaving_error=_("Nothing was deleted. Tick the box first."))
    settings_url = key_page(StoredKey.objects.filter(user=request.user).first())
    accounts.delete_account(request.user)
    logout(request)
    response = render(request, "account/deleted.html", {"settings_url": settings_url})
    response["Clear-Site-Data"] = '"cache", "storage"'  # images and drafts that this browser keeps
    return response
