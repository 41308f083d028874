"""Bringing chats in: what a parcel holds becomes one's own, each chat wholly or not at all."""

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

from chat.archive.import_schema import ImportedChat, ImportedMessage, read_chat
from chat.archive.json_reader import UnreadableFile
from chat.archive.unsupported_files import Unsupported
from chat.archive.zip_reader import Archive
from chat.conversations.quota import OutOfSpace, check_space
from chat.images.processing import ImageRefused
from chat.images.storage import remove_unused, store_image
from chat.models import Attachment, Conversation, Image, Message, MessageImage, Reply, User
from chat.offload import beside_the_loop
from chat.replies.render import REASONING, TEXT, Block, Delta, image_delta, render_final_blocks
from chat.replies.request_body import max_completion_tokens_for
from chat.throttle import throttled

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 240.0  # for a parcel; brought again, it goes on with what is not here yet
ROWS = 50  # written at once; others have their turn in between

Images = dict[str, Image | None]  # by the name in the file; None for one that cannot be had


@dataclass
class Report:
    came: int = 0
    were_here: int = 0
    lost_images: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)  # the name of a chat, and why
    is_cut: bool = False  # it took too long
    unsupported: Unsupported | None = None  # the first of them that is of another program


def import_chats(file: BinaryIO, *, name: str, owner: User) -> Report:
    """Raises Unreadable if the file is neither a zip nor a chat, or all in it is of another program."""
    parcel, report, images = Archive(file, name), Report(), Images()
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    for title, entry in parcel.chats():
        if time.monotonic() > give_up_at:
            report.is_cut = True
            break
        try:
            told = beside_the_loop(read_chat, parcel.chat(entry))
            _import_chat(told, parcel, images, owner, report)
        except Unsupported as why:
            if report.unsupported is None or why.is_known:
                report.unsupported = why
            report.failures.append((title, str(why)))
        except (UnreadableFile, OutOfSpace) as why:
            report.failures.append((title, str(why)))
        except DatabaseError:
            if not User.objects.filter(pk=owner.pk).exists():
                raise UnreadableFile(_("This account has been deleted.")) from None
            logger.exception("A chat could not be imported")
            report.failures.append((title, _("This site couldn't save it.")))
    _remove_unused(images, owner)
    if report.unsupported and not (report.came or report.were_here or report.is_cut):
        raise report.unsupported
    report.lost_images = sum(image is None for image in images.values())
    return report


def _import_chat(told: ImportedChat, parcel: Archive, images: Images, owner: User, report: Report) -> None:
    id_ = _id_for(told, owner)
    if id_ is None:
        report.were_here += 1
        return
    for file in (image.file for message in told.messages for image in message.images):
        if file not in images:
            images[file] = _image(parcel.image(file), owner)
    _store(told, id_, images, owner)
    report.came += 1


def _id_for(told: ImportedChat, owner: User) -> UUID | None:
    """None when it is here already. Made of its owner and its old id, so that it is known when it comes again.

    The old id itself may be a stranger's, who is still here.
    """
    derived = uuid5(owner.id, told.id)
    if owner.conversations.filter(pk__in=[derived, *_as_uuid(told.id)], deleted_at=None).exists():
        return None
    return uuid4() if Conversation.with_deleted.filter(pk=derived).exists() else derived


def _as_uuid(raw: str) -> list[UUID]:
    try:
        return [UUID(raw)]
    except ValueError:
        return []


def _image(content: bytes | None, owner: User) -> Image | None:
    """Cleaned like an uploaded one, unless it is, byte for byte, one that was."""
    if content is None:
        return None
    if known := owner.images.filter(sha256=sha256(content).hexdigest()).first():
        return known
    try:
        return store_image(io.BytesIO(content), name="", owner=owner.id)
    except ImageRefused:
        return None


def _store(told: ImportedChat, id_: UUID, images: Images, owner: User) -> None:
    characters = sum(len(each.text) + len(_reasoning(each)) for each in told.messages)
    characters += sum(len(attached["text"]) for each in told.messages for attached in each.attachments)
    check_space(owner.pk, for_characters=characters)
    ids = {message.id: uuid4() for message in told.messages}
    answers = [message for message in told.messages if message.reply is not None]
    replies = dict(throttled((message.id, _reply(message, ids, images)) for message in answers))
    for message in told.messages:
        if message.id in replies and message.continues in replies:
            replies[message.id].continues = replies[message.continues]
    with transaction.atomic():
        Conversation.objects.create(
            id=id_, user=owner, seen_at=timezone.now(), text_characters=characters, **told.columns
        )
        for begin in range(0, len(told.messages), ROWS):
            part = told.messages[begin : begin + ROWS]
            _store_part(part, id_, ids, images)
            time.sleep(0)
        _store_replies(list(replies.values()))


def _store_part(part: list[ImportedMessage], chat: UUID, ids: dict[str, UUID], images: Images) -> None:
    Message.objects.bulk_create(
        Message(id=ids[each.id], conversation_id=chat, parent_id=ids.get(each.parent), **each.columns) for each in part
    )
    MessageImage.objects.bulk_create(
        MessageImage(message_id=ids[each.id], image=image, position=position, is_sent_along=told.is_sent_along)
        for each in part
        for position, told in enumerate(each.images)
        if (image := images[told.file])
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


def _reply(message: ImportedMessage, ids: dict[str, UUID], images: Images) -> Reply:
    columns = dict(message.reply or {})
    most = max_completion_tokens_for(columns["model"])
    columns["max_completion_tokens"] = min(columns["max_completion_tokens"] or most, most)  # what "Continue" may cost
    return Reply(message_id=ids[message.id], blocks=[list(block) for block in _blocks(message, images)], **columns)


def _blocks(message: ImportedMessage, images: Images) -> list[Block]:
    """Made anew of the Markdown: no file can bring HTML. The model's own images stand where they stood."""
    reasoning = _reasoning(message)
    made = render_final_blocks([Delta(REASONING, reasoning)] if reasoning else [])
    texts = render_final_blocks([Delta(TEXT, message.text)] if message.text else [])
    drawn = [(told.after_blocks, image) for told in message.images if (image := images[told.file])]
    for number, block in enumerate([*texts, None]):
        made += [_drawn(image) for after, image in drawn if _place(after, len(texts)) == number]
        made += [block] if block else []
    return made


def _reasoning(message: ImportedMessage) -> str:
    return message.reply["reasoning"] if message.reply else ""


def _place(after: int | None, blocks: int) -> int:
    return blocks if after is None else min(after, blocks)


def _drawn(image: Image) -> Block:
    (block,) = render_final_blocks([image_delta(image)])
    return block


def _remove_unused(images: Images, owner: User) -> None:
    """Those of chats that could not be stored."""
    remove_unused(owner.id, among=[image.id for image in images.values() if image])
