"""Stores the prompts of a person, up to a limit."""

from django.db import transaction
from django.utils.translation import gettext as _

from chat.models import Prompt, User

MOST_PROMPTS = 200  # of one person


class TooManyPrompts(Exception):
    """The person has as many prompts as possible; `str()` is the sentence to show."""

    def __str__(self) -> str:
        return _("You have %(most)s prompts. Delete one first.") % {"most": MOST_PROMPTS}


@transaction.atomic
def create_prompt(prompt: Prompt) -> None:
    """Save a new prompt. Raises TooManyPrompts."""
    list(User.objects.select_for_update(no_key=True).filter(pk=prompt.user_id).values_list("pk"))
    if Prompt.objects.filter(user=prompt.user_id).count() >= MOST_PROMPTS:
        raise TooManyPrompts
    prompt.save(force_insert=True)
