"""What people can choose for themselves, with the words that explain each choice."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.catalogue import cache
from chat.catalogue.pseudo_models import can_be_asked
from chat.forms.fields import TextField
from chat.models import EnterSends, User


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no argument when it runs
    """The preferences of a person. A switch that is not sent is off; other fields that are not sent do not change."""

    has_shortcuts = forms.BooleanField(
        required=False,
        label=gettext_lazy("Keyboard shortcuts"),
        help_text=gettext_lazy("Turn them off if they conflict with your browser or screen reader."),
    )
    follows_answers = forms.BooleanField(
        required=False,
        label=gettext_lazy("Auto-scroll during answers"),
        help_text=gettext_lazy("When this is off, the page stays where you are. A button takes you to the end."),
    )
    titles_by_model = forms.BooleanField(
        required=False,
        label=gettext_lazy("AI titles"),
        help_text=gettext_lazy(
            "The model names each chat after its first answer. Each title costs a fraction of a cent, included in the"
            " chat's total. When this is off, titles come from your first message and are free."
        ),
    )
    sends_with_enter = forms.ChoiceField(
        required=False,
        choices=EnterSends.choices,
        label=gettext_lazy("Send with Enter"),
        help_text=gettext_lazy("Automatic: Enter sends if you use a mouse and starts a new line on a touch screen."),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the options.")},
    )
    model_for_new_chats = TextField(required=False)

    class Meta:
        model = User
        fields = ("has_shortcuts", "follows_answers", "titles_by_model", "sends_with_enter", "model_for_new_chats")

    def clean_sends_with_enter(self) -> str:
        return str(self.cleaned_data["sends_with_enter"] or self.instance.sends_with_enter)

    def clean_model_for_new_chats(self) -> str:
        before = self.instance.model_for_new_chats
        model: str = self.cleaned_data["model_for_new_chats"] if "model_for_new_chats" in self.data else before
        if model and model != before and not can_be_asked(model) and cache.models():
            raise forms.ValidationError(_("This model is no longer available. Choose another one."))
        return model

    def save_valid_choices(self) -> bool:
        """Store the choices that are valid; says whether all are."""
        is_valid = self.is_valid()  # sets them on the person, and some of those that are not valid, too
        for name in self.errors:
            setattr(self.instance, name, self.initial[name])
        self.instance.save(update_fields=self.Meta.fields)
        return is_valid
