"""Chooses what a request has of each message besides its text: images, files, and notes about what is not sent."""

from uuid import UUID

from chat.catalogue import cache
from chat.conversations.attachments import text_with_attachments
from chat.conversations.context_images import Place, repeated_places
from chat.images.request_fit import OVERHEAD_BYTES
from chat.model_request.file_annotations import annotations_bytes
from chat.model_request.files import (
    FilesOfRequest,
    files_to_send,
    omitted_note,
    sent_addresses,
    sent_files,
)
from chat.model_request.images import ImageVersions, image_versions, omission_note, repetition_note, sent_image
from chat.model_request.outline import Addition
from chat.model_request.reasoning_details import details_bytes
from chat.models import Message, Reply


def additions_for(reply: Reply, history: list[Message], *, makes_versions: bool) -> dict[UUID, Addition]:
    """What the request has besides the texts of messages, by their ids."""
    model = cache.find(reply.model)
    sees_images = model is None or model.sees_images  # an unknown model gets them, and may refuse
    current = [history[-1], *([reply.continues.message] if reply.continues else [])]
    text_bytes = _text_bytes(history[:-1], current)
    files = files_to_send(history[:-1], current, model, text_bytes=text_bytes)
    repeated = repeated_places(
        Place(place.pk, place.image_id, message.role)
        for message in [*history[:-1], *current]
        for place in message.images_in_order.all()
        if place.is_sent_along or message in current
    )
    versions: ImageVersions = {}
    if sees_images:
        versions = image_versions(history[:-1], current, repeated, text_bytes=text_bytes + files.bytes)
    found = {
        message.pk: _addition(message, versions, repeated, files, sees_images, makes_versions)
        for message in [*history[:-1], *current]
    }
    return {id_: addition for id_, addition in found.items() if not addition.is_plain}


def _addition(
    message: Message,
    versions: ImageVersions,
    repeated: set[int],
    files: FilesOfRequest,
    sees_images: bool,
    makes_versions: bool,
) -> Addition:
    places = message.images_in_order.all()
    sent = [place for place in places if place.pk in versions]
    later = sum(sees_images and place.pk in repeated for place in places)
    images_note = omission_note(len(places) - len(sent) - later, sees_images) or repetition_note(later)
    notes = [images_note, omitted_note(message, files.included)]
    return Addition(
        images=tuple(sent_image(place.image, versions[place.pk], makes_versions) for place in sent),
        addresses=sent_addresses(message, files.included),
        files=sent_files(message, files.included),
        note="\n\n".join(filter(None, notes)),
        is_left_out=not _has_content(message),
    )


def _has_content(message: Message) -> bool:
    return bool(message.text or message.images or message.attachments.all() or message.files_in_order.all())


def _text_bytes(history: list[Message], current: list[Message]) -> int:
    texts = (len(text_with_attachments(message).encode()) + OVERHEAD_BYTES for message in [*history, *current])
    return sum(texts) + sum(map(details_bytes, history)) + sum(map(annotations_bytes, history))
