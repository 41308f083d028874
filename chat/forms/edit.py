"""The new text of a message that somebody edits."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from chat.forms.fields import TextField
from chat.forms.send import LONGEST_TEXT, too_long_sentence
from chat.models import Message


class EditForm(forms.Form):
    """A new text for a message, to be saved, or with `then=ask` to be sent as another version of it.

    `was` names the version of the text that the form was opened with, so that no tab overwrites the text of another.
    """

    text = TextField(required=False)
    then = TextField(required=False)
    over_limit = forms.BooleanField(required=False)  # send it although a spending limit of the person forbids it
    was = TextField(required=False)

    def __init__(self, data: QueryDict | None = None, *, message: Message) -> None:
        super().__init__(data)
        self.edited = message
        self.is_over_limit = False  # a spending limit refused what was sent

    @property
    def new_text(self) -> str:
        """What the field shows: before anything is sent, the text of the message."""
        text: str = self.cleaned_data["text"] if self.is_bound else self.edited.text
        return text

    @property
    def version(self) -> str:
        return self.edited.edited_at.isoformat() if self.edited.edited_at else ""

    @property
    def fault(self) -> str:
        return " ".join(str(sentence) for sentence in self.non_field_errors())

    @property
    def is_saved_only(self) -> bool:
        return bool(self.cleaned_data["then"] != "ask")

    def clean_was(self) -> str:
        return str(self.data.get("was", self.version))

    def clean(self) -> None:
        text, message = self.cleaned_data["text"], self.edited
        contents = (message.images_in_order, message.files_in_order, message.attachments)
        if not text and not any(related.exists() for related in contents):
            self.add_error(None, _("Write something first."))
        elif len(text) > LONGEST_TEXT:
            self.add_error(None, too_long_sentence())
        elif self.is_saved_only and self.cleaned_data["was"] != self.version:
            sentence = _("This message was changed somewhere else. Save again to replace it with this text.")
            self.add_error(None, sentence)
