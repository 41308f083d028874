"""Text attachments of messages: read from a form, stored, and added to what is sent to a model."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from chat.models import Attachment, Message

MAX_ATTACHMENTS = 10
MAX_NAME_CHARACTERS = 200  # characters
CONTROL_CHARACTERS = re.compile(
    r"[\0-\x08\x0e-\x1a\x1c-\x1f]"
)  # except tabs, line ends, form feeds, and Escape, which logs contain


@dataclass(frozen=True)
class ReceivedAttachment:
    """An attachment from a form, not stored yet."""

    name: str
    text: str


def received_attachments(names: Sequence[str], texts: Sequence[str]) -> list[ReceivedAttachment]:
    """Pair the names and texts of a form. Empty texts are skipped, and a text without a name gets one."""
    padded = [*names, *[""] * len(texts)]
    pairs = zip(padded, texts, strict=False)
    return [ReceivedAttachment(clean_attachment_name(name), _clean(text)) for name, text in pairs if text.strip()]


def clean_attachment_name(name: str) -> str:
    """The name on one line, without double quotes, which would end the attribute in `text_with_attachments`."""
    return " ".join(_clean(name).replace('"', "'").split())[:MAX_NAME_CHARACTERS] or _("Pasted text")


def decode_text(content: bytes) -> str | None:
    """The text of a file in UTF-8, UTF-16 or Windows-1252; None when it is no text.

    `decoded` in static/js/composer/text-attachments.js does the same in the browser.
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
    return ["utf-16-le" if content[0] else "utf-16-be"]  # in UTF-16, one of the two bytes of a Latin letter is zero


def store_attachments(message: Message, attached: Iterable[ReceivedAttachment]) -> None:
    """Store the attachments of a new message, in this order."""
    Attachment.objects.bulk_create(
        Attachment(message=message, position=position, name=each.name, text=each.text)
        for position, each in enumerate(attached)
    )


def text_with_attachments(message: Message) -> str:
    """The text to send to a model: the message, then each attachment in a tag with its name.

    One text and not several content parts, because every provider accepts that.
    """
    return "\n\n".join(filter(None, [message.text, *_tagged(message)]))


def _tagged(message: Message) -> Iterator[str]:
    for attachment in message.attachments.all():
        yield f'<attachment name="{attachment.name}">\n{attachment.text}\n</attachment>'


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "")  # PostgreSQL cannot store a NUL
