"""The images of a chat in a request: which of them are sent, in which size, and as which parts of a message."""

from functools import partial
from typing import Any

from django.core.files.storage import default_storage

from chat.images.request_fit import is_within, plan
from chat.images.storage import Version, content_type_of, smaller_version, stored_version
from chat.model_request.files import NoMedia, open_stored
from chat.model_request.outline import SentImage
from chat.models import Image, Message
from chat.openrouter import EncodedFile
from chat.upkeep import installation

ImageVersions = dict[int, Version]  # the version to send of each included image, by the id of its MessageImage


def image_versions(
    history: list[Message], current: list[Message], repeated: set[int], *, text_bytes: int
) -> ImageVersions:
    """All images of the `current` messages, and those of earlier ones that its user includes, as far as they fit.

    `repeated` are the ids of places whose image is in a later message.
    """
    earlier = [
        place
        for message in history
        for place in message.images_in_order.all()
        if place.is_sent_along and place.pk not in repeated
    ]
    newest = [place for message in current for place in message.images_in_order.all()]
    places = [*earlier, *newest]
    chosen = plan([place.image for place in places], newest=len(newest), text_bytes=text_bytes)
    choices = [chosen.version] * len(earlier) + [chosen.newest_version] * len(newest)
    included = list(zip(places, choices, strict=True))[chosen.omitted :]
    return {place.pk: version for place, version in included}


def omission_note(omitted: int, sees_images: bool) -> str:
    """A note for the model, which may be asked about an image that it does not get."""
    if not omitted:
        return ""
    how_many = "1 image of this message is" if omitted == 1 else f"{omitted} images of this message are"
    return f"[{how_many} not included{'' if sees_images else ': this model does not accept images'}]"


def repetition_note(repeated: int) -> str:
    """A note for the model about images of its own that it gets with a later question, which edits them."""
    if not repeated:
        return ""
    return f"[{'1 image' if repeated == 1 else f'{repeated} images'} of this message: see a later message]"


def image_part_of_tool(image: dict[str, Any]) -> dict[str, Any]:
    """What a tool returned, for the model that called it."""
    try:
        return image_part(SentImage(image["name"], default_storage.size(image["name"])))
    except FileNotFoundError:
        return image_part(None)


def image_note(image: dict[str, Any]) -> dict[str, Any]:
    """In place of what a tool returned for an earlier answer: it is among the images of that."""
    return {"type": "text", "text": "[an image]"}


def image_part(image: SentImage | None) -> dict[str, Any]:
    """The part of a message for an image, which is read while it is sent; a note for one whose file was lost."""
    if image is None:
        return {"type": "text", "text": "[an image that is no longer available]"}
    file = EncodedFile(content_type_of(image.name), image.size_bytes, partial(open_stored, image.name))
    return {"type": "image_url", "image_url": {"url": file}}


def sent_image(image: Image, version: Version, makes_versions: bool) -> SentImage | None:
    """The file to send; None if only this one is missing: the chat can go on without it."""
    try:
        name = _image_name(image, version, makes_versions)
        return SentImage(name, default_storage.size(name))
    except FileNotFoundError:
        if not installation.has_media():
            raise NoMedia from None
        return None


def _image_name(image: Image, version: Version, makes_versions: bool) -> str:
    if is_within(image, version):
        return str(image.file.name)
    if makes_versions:
        return smaller_version(image, version)
    return stored_version(image, version) or str(image.file.name)
