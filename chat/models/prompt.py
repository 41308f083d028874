"""Texts that a person has saved to write messages with."""

import re
import unicodedata
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

BRACES = re.compile(r"\{\{([^{}\n]{1,80})\}\}")
LONGEST_VARIABLE = 40  # characters


class Prompt(models.Model):
    """A text with a name, whose `{{variables}}` are asked for when it is inserted into a message."""

    LONGEST_NAME = 60  # characters
    LONGEST_TEXT = 20_000
    MOST_VARIABLES = 20

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="prompts")
    name = models.CharField(max_length=LONGEST_NAME)
    text = models.TextField()
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-updated_at", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def variables(self) -> list[str]:
        """The names of its variables, each once, in order. An imported text may have more than are asked for."""
        return variables_in(self.text)[: self.MOST_VARIABLES]


def variables_in(text: str) -> list[str]:
    """The names in double braces that are letters, digits, spaces, "_" and "-". Other braces are just text."""
    names = (" ".join(found[1].split()) for found in BRACES.finditer(text) if all(map(_may_be_in_name, found[1])))
    return [name for name in dict.fromkeys(names) if 0 < len(name) <= LONGEST_VARIABLE]


def _may_be_in_name(character: str) -> bool:
    return character in "_ -" or unicodedata.category(character)[0] in "LMN"  # letters, their marks, numbers
