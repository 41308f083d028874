"""What goes into the zip: of one chat, or of all that a person keeps here.

Temporary chats stay out, because they were not to be kept, and so do deleted ones, because "deleted" was promised.
"""

from collections.abc import Generator, Iterator
from typing import BinaryIO, cast
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.archive.export_json import chat_json
from chat.archive.export_markdown import chat_markdown, link_into
from chat.archive.filenames import chat_file, image_file
from chat.archive.zip_writer import PIECE_BYTES, Entry, in_pieces, zip_of
from chat.models import Conversation, Image, User
from chat.throttle import throttled


def zip_of_chat(conversation: Conversation) -> Generator[bytes]:
    return zip_of(_entries([conversation]))


def zip_of_everything(user: User) -> Generator[bytes]:
    return zip_of(_entries(_exported_chats(user)))


def _exported_chats(user: User) -> Iterator[Conversation]:
    kept = user.conversations.filter(deleted_at=None, is_temporary=False)
    for id_ in list(kept.order_by("created_at").values_list("pk", flat=True)):
        yield from kept.filter(pk=id_)  # unless it has gone meanwhile


def _entries(conversations: "Iterator[Conversation] | list[Conversation]") -> Iterator[Entry]:
    chats = 0
    images: dict[UUID, None] = {}
    for conversation in conversations:
        chats += 1
        yield from _chat(conversation)
        shown = Image.objects.filter(places__message__conversation=conversation).order_by("created_at")
        images |= dict.fromkeys(shown.values_list("pk", flat=True))
    missing: list[str] = []
    for id_ in images:
        yield from _image(id_, missing)
    yield Entry("README.txt", timezone.now(), in_pieces(_readme(chats, len(images), missing)))


def _chat(conversation: Conversation) -> Iterator[Entry]:
    name, moment = f"conversations/{chat_file(conversation)}", conversation.updated_at
    markdown = chat_markdown(conversation, link=link_into("../"))
    yield Entry(f"{name}.md", moment, throttled(in_pieces(markdown)))
    yield Entry(f"{name}.json", moment, throttled(in_pieces(chat_json(conversation))))


def _image(id_: UUID, missing: list[str]) -> Iterator[Entry]:
    image = Image.objects.filter(pk=id_).first()
    if image is None:  # gone meanwhile
        return
    name = image_file(image)
    try:
        file = cast(BinaryIO, image.file.storage.open(str(image.file.name), "rb"))
    except OSError:  # a restored database without its media
        missing.append(name)
        return
    with file:
        yield Entry(name, image.created_at, throttled(iter(lambda: file.read(PIECE_BYTES), b"")), is_packed=True)


def _readme(chats: int, images: int, missing: list[str]) -> Iterator[str]:
    yield ngettext("%(count)d chat", "%(count)d chats", chats) % {"count": chats}
    yield ", " + ngettext("%(count)d image", "%(count)d images", images) % {"count": images} + ".\n\n"
    yield _(
        "conversations/  every chat as .md to read and as .json with everything, including other versions\n"
        "pictures/       all images\n\n"
        "You can import this file on the account page of any Potluck site.\n"
        "Temporary and deleted chats are not included.\n"
    )
    if missing:
        yield "\n" + _("These images were missing from the site:") + "\n"
        yield "".join(f"{name}\n" for name in missing)
