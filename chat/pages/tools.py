"""The words for tools: those of this site in the reader's language, those of other servers as they name them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.forms.settings import ToolWords
from chat.models import User
from chat.tools.builtin import BUILTIN

Words = str | Promise

WORDS: dict[str, tuple[Words, Words]] = {
    "calculator": (gettext_lazy("Calculator"), gettext_lazy("Calculates exactly. Free.")),
    "current_time": (gettext_lazy("Current time"), gettext_lazy("Says the date and the time. Free.")),
}


def tool_words(user: User) -> tuple[ToolWords, ...]:
    """The tools that the person can choose for a chat."""
    return tuple((name, *WORDS[name], "") for name in BUILTIN)
