"""What a person can choose for themselves: a field of the User each, and the words that explain it."""

from typing import NamedTuple

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.models import EnterSends, User


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
        gettext_lazy("Turn them off if they conflict with your browser or screen reader."),
    ),
    "follows_answers": (
        gettext_lazy("Scroll along with answers"),
        gettext_lazy("When this is off, the page stays where you are, and a button takes you to the end."),
    ),
    "titles_by_model": (
        gettext_lazy("AI titles"),
        gettext_lazy(
            "The chat's model writes a title after its first answer: a fraction of a cent each, included in the chat's"
            " total. When this is off, the title comes from your first message, for free."
        ),
    ),
}

CHOICES = {
    "sends_with_enter": (
        gettext_lazy("Enter sends the message"),
        gettext_lazy("Automatic: Enter sends if you use a mouse, and starts a new line on a touch screen."),
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
