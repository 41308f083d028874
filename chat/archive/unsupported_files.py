"""Recognises files that cannot be imported, such as the exports of other chat programs, and says so by name."""

import re
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.archive.json_reader import UnreadableFile

HEAD_BYTES = 200_000  # a file may have hundreds of megabytes; the names of its fields come early
POTLUCK_EXPORT = re.compile(rb'"format"\s*:\s*"potluck-(?:chat|presets)"')
# Fields that the first chat of such an export has, in this order, and other exports do not. Texts cannot match, because
# JSON escapes the quotes in them.
OTHER_EXPORTS: tuple[tuple[Promise | str, *tuple[re.Pattern[bytes], ...]], ...] = (
    ("ChatGPT", re.compile(rb'"mapping"\s*:\s*\{')),
    (gettext_lazy("Claude"), re.compile(rb'"chat_messages"\s*:\s*\[')),
    ("OpenRouter", re.compile(rb'"version"\s*:\s*"orpg\.')),
    (gettext_lazy("Open WebUI"), re.compile(rb'"chat"\s*:\s*\{'), re.compile(rb'"(?:history|messages)"\s*:')),
    ("LibreChat", re.compile(rb'"conversationId"\s*:')),
)


class Unsupported(UnreadableFile):
    """The file is not an export of a Potluck site. `is_known` says that the sentence names the program that made it."""

    is_known = False


def check_supported(content: bytes) -> None:
    """Raise Unsupported for the JSON of another program, or for the beginning of such a file."""
    head = content[:HEAD_BYTES]
    if POTLUCK_EXPORT.search(head):
        return
    for program, *patterns in OTHER_EXPORTS:
        if _has_in_order(head, patterns):
            raise _unsupported_export(program)


def _has_in_order(head: bytes, patterns: Iterable[re.Pattern[bytes]]) -> bool:
    """Whether each pattern is found after the previous one. As one pattern with ".*" it would take quadratic time."""
    position = 0
    for pattern in patterns:
        if not (found := pattern.search(head, position)):
            return False
        position = found.end()
    return True


def _unsupported_export(program: Promise | str) -> Unsupported:
    sentence = _("This is an export from %(program)s, which can't be imported yet.") % {"program": program}
    unsupported = Unsupported(f"{sentence} {_supported_files()}")
    unsupported.is_known = True
    return unsupported


def unsupported_file() -> Unsupported:
    sentence = _("This isn't a supported export.")
    return Unsupported(f"{sentence} {_supported_files()}")


def _supported_files() -> str:
    return _("You can import zip or JSON files exported from this or another Potluck site.")
