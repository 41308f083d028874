"""The account page: what its template needs, for every view that shows it."""

from django.http import HttpResponse
from django.shortcuts import render

from chat.accounts.key_status import keep_fresh
from chat.accounts.key_summary import summarize_key
from chat.accounts.sessions import other_sessions
from chat.accounts.signed_in import SignedInRequest
from chat.catalogue.personal_models import presets_of
from chat.catalogue.picker import options
from chat.forms.limits import LimitsForm
from chat.forms.preferences import PreferencesForm
from chat.forms.voice import VoiceForm
from chat.spending.limits import spent_by


def render_account(
    request: SignedInRequest,
    *,
    preferences: PreferencesForm | None = None,
    limits: LimitsForm | None = None,
    voice: VoiceForm | None = None,
    import_error: str = "",
    export_error: str = "",
    leaving_error: str = "",
    key_note: str = "",
    status: int = 200,
) -> HttpResponse:
    """The account page, with what is wrong in one of its forms, as it was sent."""
    key = summarize_key(request.user)
    keep_fresh(key.stored if key else None)
    context = {
        "key": key,
        "key_note": key_note,
        "preferences": preferences or PreferencesForm(instance=request.user),
        "limits": limits or LimitsForm(user=request.user),
        "voice": voice or VoiceForm(user=request.user),
        "spent": spent_by(request.user),
        "models": options(request.user.model_for_new_chats, presets=presets_of(request.user)),
        "number_of_chats": request.user.conversations.count(),
        "other_devices": other_sessions(request).count(),
        "import_error": import_error,
        "export_error": export_error,
        "leaving_error": leaving_error,
    }
    return render(request, "account/account.html", context, status=status)
