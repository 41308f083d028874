"""The title that somebody gives to a chat."""

from django import forms

from chat.forms.fields import TextField

LONGEST_TITLE = 200  # characters


class TitleForm(forms.Form):
    """A title in one line. An empty one is valid, and means that the chat keeps its title."""

    title = TextField(required=False)

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())[:LONGEST_TITLE]
