"""Exports the branch of a chat that is shown as Markdown, for people to read. Other branches are only in the JSON."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chat.archive.export_messages import read_messages, reply_of
from chat.archive.filenames import image_filename, stored_filename
from chat.archive.markdown_closing import close_markdown
from chat.catalogue.picker import name_of
from chat.formats import cost, time_of_day
from chat.models import Attachment, Conversation, Image, Message, MessageFile, Reply
from chat.reply_content.rounds import from_log, steps_of
from chat.reply_content.steps import Step


class Link(NamedTuple):
    """How Markdown shows an image, given its number in the message, and a file: a link or a note."""

    image: Callable[[Image, int], str]
    file: Callable[[MessageFile], str]


def write_chat_markdown(conversation: Conversation, *, link: Link, branch: UUID | None = None) -> Iterator[str]:
    """Yield the Markdown text, a message at a time."""
    yield f"# {conversation.title}\n"
    for message in read_messages(conversation.tree().path(branch)):
        parts = [_heading(message), *_facts(message), *_content(message, link)]
        yield "".join(f"\n{part}\n" for part in parts if part)


def _image_note(image: Image, number: int) -> str:
    return _("[image %(number)d: %(width)d × %(height)d, not in this file]") % {
        "number": number,
        "width": image.width,
        "height": image.height,
    }


def _file_note(place: MessageFile) -> str:
    return _("[file: %(name)s, not in this file]") % {"name": place.name} if place.file else _address_note(place)


def _address_note(place: MessageFile) -> str:
    """No image: a program that shows the text would fetch it."""
    return f"{_('Image from an address')}: <{place.address}>"


NOTES = Link(_image_note, _file_note)  # for a Markdown file without images and files


def link_into(folder: str) -> Link:
    """Return links to the files in the zip; `folder` is the relative path to the root of the zip."""

    def image(image: Image, number: int) -> str:
        return f"![{_('Image %(number)d') % {'number': number}}]({folder}{image_filename(image)})"

    def file(place: MessageFile) -> str:
        name = re.sub(r"[\[\]\\<>*_`]", " ", place.name)
        return f"[{name}]({folder}{stored_filename(place.file)})" if place.file else _address_note(place)

    return Link(image, file)


def _heading(message: Message) -> str:
    reply = reply_of(message)
    return f"## {name_of(reply.answered_by or reply.model) if reply else _('You')}"


def _facts(message: Message) -> Iterator[str]:
    reply = reply_of(message)
    facts = [_moment(message.created_at), *(_reply_facts(reply) if reply else ())]
    yield f"*{' · '.join(fact.replace(chr(0xA0), ' ') for fact in facts)}*"


def _reply_facts(reply: Reply) -> Iterator[str]:
    if reply.cost is not None:
        yield cost(reply.cost)
    if reply.state != Reply.State.COMPLETE:
        yield STATES[reply.state]()


STATES: dict[str, Callable[[], str]] = {
    Reply.State.WAITING: lambda: _("still being written"),
    Reply.State.STREAMING: lambda: _("still being written"),
    Reply.State.STOPPED: lambda: _("stopped"),
    Reply.State.FAILED: lambda: _("failed"),
    Reply.State.INTERRUPTED: lambda: _("interrupted"),
}


def _content(message: Message, link: Link) -> Iterator[str]:
    if message.deleted_at:
        yield f"*{_('Deleted')}*"
    if reply := reply_of(message):
        yield from map(_tool_call, steps_of(from_log(reply.rounds)))
    yield close_markdown(message.text)
    for number, image in enumerate(message.images, start=1):
        yield link.image(image, number)
    yield from map(link.file, message.files_in_order.all())
    yield from map(_attached, message.attachments.all())


def _tool_call(step: Step) -> str:
    """What the tool was given, and what it returned or why it did not."""
    name = " ".join((step.title or step.tool).split())
    parts = [f"**{_('Tool')}: {name}**", *map(_fenced, filter(None, (step.arguments, step.result)))]
    return "\n\n".join(parts)


def _attached(attachment: Attachment) -> str:
    return f"**{_('Attached')}: {attachment.name}**\n\n{_fenced(attachment.text)}"


def _fenced(text: str) -> str:
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _moment(when: datetime) -> str:
    return f"{date_format(when, 'DATE_FORMAT')}, {time_of_day(when)} UTC"
