"""What a person can choose for themselves: a field of the User each, and the words that explain it."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.signin.models import User


class Preference(NamedTuple):
    name: str
    label: str | Promise
    help: str | Promise
    is_on: bool


PREFERENCES = {
    "has_shortcuts": (
        gettext_lazy("Keyboard shortcuts"),
        gettext_lazy("Turn them off if they get in the way of your browser or your screen reader."),
    ),
    "follows_answers": (
        gettext_lazy("Follow answers as they grow"),
        gettext_lazy("Without it the page stays where you are, and a button leads to the end."),
    ),
    "titles_by_model": (
        gettext_lazy("Let a model write titles"),
        gettext_lazy(
            "The model of a new chat is asked once, after its first answer: usually a small part of a cent, which the"
            " menu of the chat shows and its sum counts. Without it the title is the first words, which is free."
        ),
    ),
}


def preferences_of(user: User) -> list[Preference]:
    return [Preference(name, *words, is_on=getattr(user, name)) for name, words in PREFERENCES.items()]
