"""The form of a prompt."""

from django import forms
from django.utils.translation import gettext as _

from chat.forms.fields import TextField
from chat.models import Prompt
from chat.models.prompt import variables_in


class PromptForm(forms.Form):
    """The name and the text of a prompt; each fault is a sentence at its field."""

    name = TextField(required=False)
    text = TextField(required=False, strip=False)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not name:
            raise forms.ValidationError(_("Enter a name for the prompt."))
        if len(name) > Prompt.LONGEST_NAME:
            limit = {"most": Prompt.LONGEST_NAME}
            raise forms.ValidationError(_("A prompt's name can have up to %(most)s characters.") % limit)
        return name

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise forms.ValidationError(_("Write something first."))
        if len(text) > Prompt.LONGEST_TEXT:
            raise forms.ValidationError(
                _("A prompt can have up to %(most)s characters.") % {"most": Prompt.LONGEST_TEXT}
            )
        if len(variables_in(text)) > Prompt.MOST_VARIABLES:
            raise forms.ValidationError(
                _("A prompt can have up to %(most)s variables.") % {"most": Prompt.MOST_VARIABLES}
            )
        return text
