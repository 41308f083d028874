"""What a person can choose for themselves: a field of the User each, and the words that explain it."""

from typing import NamedTuple

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.signin.models import EnterSends, User


class Preference(NamedTuple):
    name: str
    label: str | Promise
    help: str | Promise
    is_on: bool = False
    choices: type[TextChoices] | None = None
    chosen: str = ""


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

CHOICES = {
    "sends_with_enter": (
        gettext_lazy("Enter sends the message"),
        gettext_lazy("Automatic: it sends where there is a mouse, and begins a new line on a touch screen."),
        EnterSends,
    ),
}


def preferences_of(user: User) -> list[Preference]:
    switches = [Preference(name, *words, is_on=getattr(user, name)) for name, words in PREFERENCES.items()]
    choices = [
        Preference(name, label, help_, choices=choices, chosen=getattr(user, name))
        for name, (label, help_, choices) in CHOICES.items()
    ]
    return [*switches, *choices]


def set_preferences(user: User, form: QueryDict) -> None:
    """Keep what a form says: a switch that it leaves out is off, a choice that it leaves out stays as it was."""
    for name in PREFERENCES:
        setattr(user, name, name in form)
    for name, (_label, _help, choices) in CHOICES.items():
        if form.get(name) in choices.values:
            setattr(user, name, form[name])
    user.save(update_fields=[*PREFERENCES, *CHOICES])
