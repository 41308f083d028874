"""Files that are no export of a site like this: known ones by their name, and for all what can be imported instead."""

import re
from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.archive.json_reader import UnreadableFile

HEAD_BYTES = 200_000  # of a file that may have hundreds of megabytes; the names of its fields come early
POTLUCK_EXPORT = re.compile(rb'"format"\s*:\s*"potluck-chat"')
# What the first chat in each has, in this order, and others have not. A quote inside a text has a backslash in JSON.
OTHER_EXPORTS: tuple[tuple[Promise | str, *tuple[re.Pattern[bytes], ...]], ...] = (
    ("ChatGPT", re.compile(rb'"mapping"\s*:\s*\{')),
    (gettext_lazy("Claude"), re.compile(rb'"chat_messages"\s*:\s*\[')),
    ("OpenRouter", re.compile(rb'"version"\s*:\s*"orpg\.')),
    (gettext_lazy("Open WebUI"), re.compile(rb'"chat"\s*:\s*\{'), re.compile(rb'"(?:history|messages)"\s*:')),
    ("LibreChat", re.compile(rb'"conversationId"\s*:')),
)


class Unsupported(UnreadableFile):
    """Nothing in the file can be taken in, so the sentence is about the file, and what made it if that is known."""

    is_known = False


def check_supported(content: bytes) -> None:
    """Raises Unsupported for the JSON of another program, also for only the beginning of it."""
    head = content[:HEAD_BYTES]
    if POTLUCK_EXPORT.search(head):
        return
    for program, *signs in OTHER_EXPORTS:
        if _has(head, signs):
            raise _of(program)


def _has(head: bytes, signs: Iterable[re.Pattern[bytes]]) -> bool:
    """One behind the other. In one expression, with anything between them, they would take quadratic time."""
    position = 0
    for sign in signs:
        if not (found := sign.search(head, position)):
            return False
        position = found.end()
    return True


def _of(program: Promise | str) -> Unsupported:
    sentence = _("This is an export from %(program)s, which can't be imported yet.") % {"program": program}
    unsupported = Unsupported(f"{sentence} {_what_is()}")
    unsupported.is_known = True
    return unsupported


def not_supported() -> Unsupported:
    sentence = _("This isn't a supported export.")
    return Unsupported(f"{sentence} {_what_is()}")


def _what_is() -> str:
    return _("You can import zip or JSON files exported from this or another Potluck site.")
