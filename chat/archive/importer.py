"""Imports chats from a file into a person's account; each chat is stored completely or not at all."""

import io
import logging
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import BinaryIO
from uuid import UUID, uuid4, uuid5

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.archive.import_presets import ImportedPresets, store_presets
from chat.archive.import_schema import ImportedChat, ImportedMessage, read_export
from chat.archive.json_reader import UnreadableFile
from chat.archive.unsupported_files import Unsupported
from chat.archive.zip_reader import Archive
from chat.conversations.quota import (
    MESSAGE_CHARACTERS,
    PLACE_CHARACTERS,
    OutOfSpace,
    characters_in,
    check_space,
)
from chat.conversations.settings import settings_length
from chat.files.kinds import STORED, kind_of
from chat.files.storage import remove_unused_files, store_file
from chat.images.processing import ImageRefused
from chat.images.storage import remove_unused, store_image
from chat.model_request.answer_length import max_completion_tokens_for
from chat.models import Attachment, Conversation, File, Image, Message, MessageFile, MessageImage, Reply, User
from chat.offload import in_a_python_thread
from chat.reply_content.deltas import REASONING, TEXT, Delta, image_delta
from chat.reply_content.render import Block, render_final_blocks
from chat.reply_content.rounds import from_log
from chat.throttle import throttled

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 240.0  # for a file; importing it again continues with the chats that are missing
ROWS = 50  # written at once, before others get their turn

Images = dict[str, Image | None]  # by the name in the file; None for an image that is missing or refused
Files = dict[str, File | None]  # the same


@dataclass
class ImportReport:
    """The result of an import. `imported` is a number of chats, `duplicates` one of everything."""

    imported: int = 0
    presets: int = 0  # imported, and prompts
    duplicates: int = 0
    lost_images: int = 0  # and files
    failures: list[tuple[str, str]] = field(default_factory=list)  # a chat's name, and the reason in a sentence
    has_timed_out: bool = False
    unsupported: Unsupported | None = None  # the first failure because of a file of another program

    @property
    def has_imported(self) -> bool:
        return bool(self.imported or self.presets)


def import_chats(file: BinaryIO, *, name: str, owner: User) -> ImportReport:
    """Import a zip or a JSON file named `name` into the account of `owner`.

    Raises UnreadableFile if the file is neither, or if all chats in it are of another program.
    """
    archive, report, images, files = Archive(file, name), ImportReport(), Images(), Files()
    try:
        _import_all(archive, report, images, files, owner)
    finally:
        _remove_unused(images, files, owner)
    if report.unsupported and not (report.has_imported or report.duplicates or report.has_timed_out):
        raise report.unsupported
    report.lost_images = sum(each is None for each in [*images.values(), *files.values()])
    return report


def _import_all(archive: Archive, report: ImportReport, images: Images, files: Files, owner: User) -> None:
    give_up_at = time.monotonic() + TIMEOUT_SECONDS
    for title, entry in archive.chats():
        try:
            _check_time(give_up_at)
            found = in_a_python_thread(read_export, archive.read_chat(entry))
            if isinstance(found, ImportedPresets):
                _import_presets(found, owner, report)
            else:
                _import_chat(found, archive, images, files, owner, report, give_up_at)
        except _TimeIsUp:
            report.has_timed_out = True
            break
        except Unsupported as error:
            if report.unsupported is None or error.is_known:
                report.unsupported = error
            report.failures.append((title, str(error)))
        except (UnreadableFile, OutOfSpace) as error:
            report.failures.append((title, str(error)))
        except DatabaseError:
            if not User.objects.filter(pk=owner.pk).exists():
                raise UnreadableFile(_("This account has been deleted.")) from None
            logger.exception("A chat could not be imported")
            report.failures.append((title, _("This site couldn't save it.")))


class _TimeIsUp(Exception):
    pass


def _check_time(give_up_at: float) -> None:
    if time.monotonic() > give_up_at:
        raise _TimeIsUp


def _import_chat(
    chat: ImportedChat,
    archive: Archive,
    images: Images,
    files: Files,
    owner: User,
    report: ImportReport,
    give_up_at: float,
) -> None:
    id_ = _id_for(chat, owner)
    if id_ is None:
        report.duplicates += 1
        return
    for file in (image.file for message in chat.messages for image in message.images):
        _check_time(give_up_at)
        if file not in images:
            images[file] = _store_image(archive.read_image(file), owner)
    for each in (each for message in chat.messages for each in message.files if each.file):
        _check_time(give_up_at)
        if each.file not in files:
            files[each.file] = _store_file(archive.read_file(each.file), each.name, owner)
    _store(chat, id_, images, files, owner)
    report.imported += 1


def _import_presets(presets: ImportedPresets, owner: User, report: ImportReport) -> None:
    result = store_presets(presets, owner)
    report.presets += result.stored
    report.duplicates += result.duplicates
    report.failures += result.failures


def _id_for(chat: ImportedChat, owner: User) -> UUID | None:
    """Return the id for a new chat, or None if the person has this chat already.

    The id is derived from the owner's and the old one, so that a second import finds it. The old id itself may be
    that of another person's chat on this site.
    """
    derived = uuid5(owner.id, chat.id)
    if owner.conversations.filter(pk__in=[derived, *_as_uuid(chat.id)], deleted_at=None).exists():
        return None
    return uuid4() if Conversation.with_deleted.filter(pk=derived).exists() else derived


def _as_uuid(raw: str) -> list[UUID]:
    try:
        return [UUID(raw)]
    except ValueError:
        return []


def _store_image(content: bytes | None, owner: User) -> Image | None:
    """Store an image like an uploaded one; an image that the person has already, byte for byte, is reused."""
    if content is None:
        return None
    if known := owner.images.filter(sha256=sha256(content).hexdigest()).first():
        return known
    try:
        return store_image(io.BytesIO(content), name="", owner=owner.id)
    except ImageRefused:
        return None


def _store_file(content: bytes | None, name: str, owner: User) -> File | None:
    """Store a PDF or an audio file like an uploaded one."""
    kind = kind_of(content) if content else None
    if content is None or kind is None or kind.content_type not in STORED:
        return None
    try:
        return store_file(io.BytesIO(content), kind, name=name, owner=owner.id)
    except ImageRefused:
        return None


def _store(chat: ImportedChat, id_: UUID, images: Images, files: Files, owner: User) -> None:
    characters = MESSAGE_CHARACTERS + settings_length(chat.columns["settings"])
    characters += sum(_characters_of(each, files) for each in chat.messages)
    check_space(owner.pk, for_characters=characters)
    ids = {message.id: uuid4() for message in chat.messages}
    answers = [message for message in chat.messages if message.reply is not None]
    replies = dict(throttled((message.id, _make_reply(message, ids, images)) for message in answers))
    for message in chat.messages:
        if message.id in replies and message.continues in replies:
            replies[message.id].continues = replies[message.continues]
    with transaction.atomic():
        Conversation.objects.create(
            id=id_, user=owner, seen_at=timezone.now(), text_characters=characters, **chat.columns
        )
        for begin in range(0, len(chat.messages), ROWS):
            part = chat.messages[begin : begin + ROWS]
            _store_part(part, id_, ids, images, files)
            time.sleep(0)
        _store_replies(list(replies.values()))


def _store_part(part: list[ImportedMessage], chat: UUID, ids: dict[str, UUID], images: Images, files: Files) -> None:
    Message.objects.bulk_create(
        Message(id=ids[each.id], conversation_id=chat, parent_id=ids.get(each.parent), **each.columns) for each in part
    )
    MessageImage.objects.bulk_create(
        MessageImage(message_id=ids[each.id], image=image, position=position, is_sent_along=imported.is_sent_along)
        for each in part
        for position, imported in enumerate(each.images)
        if (image := images[imported.file])
    )
    MessageFile.objects.bulk_create(
        MessageFile(
            message_id=ids[each.id],
            file=files.get(imported.file),
            address=imported.address,
            name=imported.name,
            position=position,
            is_sent_along=imported.is_sent_along,
        )
        for each in part
        for position, imported in enumerate(each.files)
        if imported.address or files.get(imported.file)
    )
    Attachment.objects.bulk_create(
        Attachment(message_id=ids[each.id], position=position, **columns)
        for each in part
        for position, columns in enumerate(each.attachments)
    )


def _store_replies(replies: list[Reply]) -> None:
    for begin in range(0, len(replies), ROWS):
        Reply.objects.bulk_create(replies[begin : begin + ROWS])
        time.sleep(0)


def _make_reply(message: ImportedMessage, ids: dict[str, UUID], images: Images) -> Reply:
    columns = dict(message.reply or {})
    if message.columns["edited_at"]:  # the reasoning is of another text then
        columns["reasoning_details"] = columns["rounds"] = None
    limit = max_completion_tokens_for(columns["model"], {})
    columns["max_completion_tokens"] = min(columns["max_completion_tokens"] or limit, limit)  # a limit for "Continue"
    return Reply(message_id=ids[message.id], blocks=[list(block) for block in _make_blocks(message, images)], **columns)


def _make_blocks(message: ImportedMessage, images: Images) -> list[Block]:
    """Render an answer's blocks from its Markdown, with the model's images. HTML in a file would not be trusted."""
    reasoning, rounds = _reasoning(message), _rounds(message)
    blocks = render_final_blocks([Delta(REASONING, reasoning)] if reasoning and not rounds else [])
    texts = render_final_blocks(rounds or ([Delta(TEXT, message.text)] if message.text else []))
    drawn = [(each.after_blocks, image) for each in message.images if (image := images[each.file])]
    for number, block in enumerate([*texts, None]):
        blocks += [_image_block(image) for after, image in drawn if _block_index(after, len(texts)) == number]
        blocks += [block] if block else []
    return blocks


def _reasoning(message: ImportedMessage) -> str:
    return message.reply["reasoning"] if message.reply else ""


def _rounds(message: ImportedMessage) -> list[Delta]:
    return from_log(message.reply["rounds"]) if message.reply and not message.columns["edited_at"] else []


def _characters_of(message: ImportedMessage, files: Files) -> int:
    """How much a message counts of the space of its person, with its answer and all that belongs to it."""
    places = len(message.images) + len(message.files) + len(message.attachments)
    beside = [each["text"] for each in message.attachments] + [each.address for each in message.files]
    columns = [*message.columns.values(), *(message.reply or {}).values(), *beside]
    read = sum(file.characters for each in message.files if (file := files.get(each.file)))
    return MESSAGE_CHARACTERS + PLACE_CHARACTERS * places + characters_in(columns) + read


def _block_index(after: int | None, blocks: int) -> int:
    return blocks if after is None else min(after, blocks)


def _image_block(image: Image) -> Block:
    (block,) = render_final_blocks([image_delta(image)])
    return block


def _remove_unused(images: Images, files: Files, owner: User) -> None:
    """Delete the images and files of chats that could not be stored."""
    remove_unused_files(owner.id, among=[file.id for file in files.values() if file])
    remove_unused(owner.id, among=[image.id for image in images.values() if image])
