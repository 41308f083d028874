"""The words for tools: those of this site in the reader's language, those of other servers as they name them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.forms.settings import ToolWords
from chat.mcp.tools import tools_of
from chat.models import User
from chat.rendering.forbidden_characters import presentable
from chat.tools.builtin import BUILTIN

Words = str | Promise

MAX_CHARS = 160  # of a description

WORDS: dict[str, tuple[Words, Words]] = {
    "calculator": (gettext_lazy("Calculator"), gettext_lazy("Calculates exactly. Free.")),
    "current_time": (gettext_lazy("Current time"), gettext_lazy("Gives the current date and time. Free.")),
}


def tool_words(user: User) -> tuple[ToolWords, ...]:
    """The tools that the person can choose for a chat."""
    own = ((name, *WORDS[name], "") for name in BUILTIN)
    others = ((tool.name, tool.title, shortened(tool.description), tool.source) for tool in tools_of(user))
    return (*own, *others)


def shortened(description: str) -> str:
    """The beginning of a description, which may be pages of instructions for models."""
    line = " ".join(presentable(description).split())
    return line if len(line) <= MAX_CHARS else f"{line[: MAX_CHARS - 1]}…"
