"""The form for settings with what surrounds it, and the link that says what departs from the defaults."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from chat.accounts.signed_in import SignedInRequest
from chat.catalogue import cache
from chat.catalogue.picker import name_of
from chat.catalogue.pseudo_models import can_be_asked
from chat.forms.fields import TextField
from chat.forms.settings import SettingsForm
from chat.models import Conversation, Preset
from chat.pages.tools import tool_words
from chat.parameters.request import summary
from chat.rate_limit import RateLimit

CHANGES_OF_ONE_PERSON = RateLimit(at_once=60, seconds_each=2)  # a schema takes up to two seconds to check


class SettingsPage:
    """The settings of a chat or a preset: as stored, or as they were sent and why they cannot be saved.

    `model_id` is the model for which fields are marked as not used: the one that is sent, else the one given.
    """

    template = "settings/settings.html"

    def __init__(self, request: SignedInRequest, stored: dict[str, Any], model_id: str, *, back: str) -> None:
        self.request, self.back = request, back
        sent = request.POST if request.method == "POST" else request.GET
        self.is_model_chosen = can_be_asked(sent.get("model", ""))
        self.model_id = sent["model"] if self.is_model_chosen else model_id
        data = request.POST if request.method == "POST" else None
        tools = tool_words(request.user)
        self.form = SettingsForm(data, stored=stored, model=cache.find(self.model_id), tools=tools)
        self.context: dict[str, Any] = {}

    @property
    def preset_name(self) -> str:
        """The name for a preset that is sent, in one line."""
        return " ".join(TextField(required=False).clean(self.request.POST.get("preset_name", "")).split())

    def is_valid(self) -> bool:
        if CHANGES_OF_ONE_PERSON.wait_seconds(self.request.user.pk):
            self.form.refuse_unchecked(_("You've made a lot of changes. Wait a moment and save again."))
        return self.form.is_valid()

    def refuse(self, sentence: str) -> HttpResponse:
        self.form.add_error(None, sentence)
        return self.render()

    def render(self) -> HttpResponse:
        is_sent = self.form.is_bound
        context = {
            "form": self.form,
            "groups": list(self.form.groups()),
            "faults": self.form.non_field_errors() if is_sent else [],
            "model": self.model_id,
            "model_name": name_of(self.model_id) if self.model_id else _("the model"),
            "back": self.back,
            "preset_name": self.request.POST.get("preset_name", ""),
            "longest_name": Preset.LONGEST_NAME,
            **self.context,
        }
        return render(self.request, self.template, context, status=422 if is_sent else 200)


def preset_name_problem(name: str) -> str:
    """Why a preset cannot have this name; empty if it can."""
    if not name:
        return _("Enter a name for the preset.")
    if len(name) > Preset.LONGEST_NAME:
        return _("A preset's name can have up to %(most)s characters.") % {"most": Preset.LONGEST_NAME}
    return ""


def link_context(conversation: Conversation | None, preset: Preset | None) -> dict[str, Any]:
    """What settings/_link.html needs; `preset` is the one that a new chat begins with."""
    if conversation:
        return {"settings_url": reverse("settings", args=[conversation.pk]), "summary": summary(conversation.settings)}
    address = reverse("new-chat-settings")
    if preset is None:
        return {"settings_url": address, "summary": []}
    words = [preset.name] if preset.name else summary(preset.settings)
    return {"settings_url": f"{address}?preset={preset.pk}", "summary": words, "preset": preset}
