"""Long texts that stand beside a message: read from the form, stored, and told to a model."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from chat.models import Attachment, Message

MOST_ATTACHMENTS = 10
LONGEST_NAME = 200  # characters
CONTROL_CHARACTERS = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f]")  # but tabs, line and page ends, and Escape, as in logs


@dataclass(frozen=True)
class ReceivedAttachment:
    """A text as it was sent."""

    name: str
    text: str


def received_attachments(names: Sequence[str], texts: Sequence[str]) -> list[ReceivedAttachment]:
    """Pair what a form brought; empty texts are passed over, and a text without a name gets one."""
    padded = [*names, *[""] * len(texts)]
    pairs = zip(padded, texts, strict=False)
    return [ReceivedAttachment(attachment_name(name), _cleaned(text)) for name, text in pairs if text.strip()]


def attachment_name(told: str) -> str:
    """In one line, and with nothing that would end the mark which tells it to a model."""
    return " ".join(_cleaned(told).replace('"', "'").split())[:LONGEST_NAME] or _("Pasted text")


def text_of(content: bytes) -> str | None:
    """The text that a file holds, in UTF-8, UTF-16 or what Windows wrote before those; None when it is no text.

    A script reads files in the same way, before they are sent: `decoded` of static/js/composer/text-attachments.js.
    """
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not CONTROL_CHARACTERS.search(text) and not text.startswith("%PDF-"):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    return None


def _encodings(content: bytes) -> Sequence[str]:
    if content.startswith((b"\xfe\xff", b"\xff\xfe")):
        return ["utf-16"]
    if 0 not in content[:1000]:
        return ["utf-8-sig", "cp1252"]
    return ["utf-16-le" if content[0] else "utf-16-be"]  # Latin letters have a zero before or behind


def store_attachments(message: Message, attached: Iterable[ReceivedAttachment]) -> None:
    Attachment.objects.bulk_create(
        Attachment(message=message, position=position, name=each.name, text=each.text)
        for position, each in enumerate(attached)
    )


def text_with_attachments(message: Message) -> str:
    """What a model reads: the person's own words first, then each text between marks that say its name.

    Marks in the text, and not parts of their own: every provider takes one text.
    """
    return "\n\n".join(filter(None, [message.text, *_marked(message)]))


def _marked(message: Message) -> Iterator[str]:
    for attachment in message.attachments.all():
        yield f'<attachment name="{attachment.name}">\n{attachment.text}\n</attachment>'


def _cleaned(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "")  # PostgreSQL cannot store a NUL
