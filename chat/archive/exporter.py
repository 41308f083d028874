"""Exports one chat, or all chats of a person, as a zip with Markdown, JSON, images and files.

An export of all chats has the presets and prompts, too, and names the MCP servers. It has no temporary chats, which
are not meant to be stored, and no deleted ones.
"""

from collections.abc import Generator, Iterator
from itertools import chain
from typing import BinaryIO, cast
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.archive.export_json import write_chat_json
from chat.archive.export_markdown import link_into, write_chat_markdown
from chat.archive.export_presets import write_presets_json
from chat.archive.export_tools import write_tools_json
from chat.archive.filenames import chat_filename, image_filename, stored_filename
from chat.archive.zip_writer import PIECE_BYTES, ZipEntry, encode_pieces, write_zip
from chat.models import Conversation, File, Image, User
from chat.throttle import throttled


def export_chat(conversation: Conversation) -> Generator[bytes]:
    return write_zip(_entries([conversation]))


def export_account(user: User) -> Generator[bytes]:
    return write_zip(chain(_extra_entries(user), _entries(_exported_chats(user))))


def _extra_entries(user: User) -> Iterator[ZipEntry]:
    for name, content in (("presets.json", write_presets_json(user)), ("tools.json", write_tools_json(user))):
        if text := "".join(content):
            yield ZipEntry(name, timezone.now(), throttled(encode_pieces([text])))


def _exported_chats(user: User) -> Iterator[Conversation]:
    exported = user.conversations.filter(deleted_at=None, is_temporary=False)
    for id_ in list(exported.order_by("created_at").values_list("pk", flat=True)):
        yield from exported.filter(pk=id_)  # nothing if it was deleted meanwhile


def _entries(conversations: "Iterator[Conversation] | list[Conversation]") -> Iterator[ZipEntry]:
    chats = 0
    images: dict[UUID, None] = {}
    files: dict[UUID, None] = {}
    for conversation in conversations:
        chats += 1
        yield from _chat_entries(conversation)
        shown = Image.objects.filter(places__message__conversation=conversation).order_by("created_at")
        images |= dict.fromkeys(shown.values_list("pk", flat=True))
        sent = File.objects.filter(places__message__conversation=conversation).order_by("created_at")
        files |= dict.fromkeys(sent.values_list("pk", flat=True))
    missing: list[str] = []
    for id_ in images:
        for image in Image.objects.filter(pk=id_):  # none if it was deleted meanwhile
            yield from _file_entry(image, image_filename(image), missing)
    for id_ in files:
        for file in File.objects.filter(pk=id_):
            yield from _file_entry(file, stored_filename(file), missing)
    yield ZipEntry("README.txt", timezone.now(), encode_pieces(_readme(chats, len(images), missing)))


def _chat_entries(conversation: Conversation) -> Iterator[ZipEntry]:
    name, moment = f"conversations/{chat_filename(conversation)}", conversation.updated_at
    markdown = write_chat_markdown(conversation, link=link_into("../"))
    yield ZipEntry(f"{name}.md", moment, throttled(encode_pieces(markdown)))
    yield ZipEntry(f"{name}.json", moment, throttled(encode_pieces(write_chat_json(conversation))))


def _file_entry(stored: Image | File, name: str, missing: list[str]) -> Iterator[ZipEntry]:
    try:
        file = cast(BinaryIO, stored.file.storage.open(str(stored.file.name), "rb"))
    except OSError:  # for example after a database was restored without its media folder
        missing.append(name)
        return
    with file:
        yield ZipEntry(
            name, stored.created_at, throttled(iter(lambda: file.read(PIECE_BYTES), b"")), is_compressed=True
        )


def _readme(chats: int, images: int, missing: list[str]) -> Iterator[str]:
    yield ngettext("%(count)d chat", "%(count)d chats", chats) % {"count": chats}
    yield ", " + ngettext("%(count)d image", "%(count)d images", images) % {"count": images} + ".\n\n"
    yield _(
        "conversations/  every chat as .md to read and as .json with everything, including other versions\n"
        "pictures/       all images\n"
        "files/          all other files\n\n"
        "You can import this file on the account page of any Potluck site.\n"
        "Temporary and deleted chats are not included.\n"
    )
    if missing:
        yield "\n" + _("These files were missing from the site:") + "\n"
        yield "".join(f"{name}\n" for name in missing)
