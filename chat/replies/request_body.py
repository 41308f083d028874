"""The body of a chat request: the conversation so far, as OpenRouter wants it."""

from functools import partial
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.core.files.storage import default_storage

from chat.catalogue import cache
from chat.conversations.attachments import text_with_attachments
from chat.images.request_fit import OVERHEAD_BYTES, is_within, plan
from chat.images.storage import Version, content_type_of, smaller_version
from chat.models import Image, Message, Reply, StoredKey
from chat.openrouter import ApiKey, ImageFile
from chat.upkeep import nodes

# OpenRouter holds back the price of the longest possible answer before it begins. Without a limit that is the
# model's maximum, and an account with a dollar left is refused.
MAX_COMPLETION_TOKENS = 8192
MAX_COMPLETION_TOKENS_WITH_REASONING = 16384  # thoughts are paid from the same allowance


Going = dict[int, Version]  # how large an image may be that goes, by the id of its place


class NoKey(Exception):
    """There is no key to pay with: signed in again elsewhere, refused, or unreadable."""


class NoMedia(Exception):
    """The images of the site are not where they should be, so that nothing is sent: an answer would be paid for."""


def key_for(user_id: UUID) -> ApiKey:
    key = StoredKey.working(user_id)
    if key is None:
        raise NoKey
    return key


def body_for(reply: Reply) -> dict[str, Any]:
    model = cache.find(reply.model)
    sees_images = model is None or model.sees_images  # an unknown model is asked, and may refuse
    before = reply.message.conversation.path_to(reply.message)
    asked = [before[-1], *([reply.continues.message] if reply.continues else [])]
    going = _images_that_go(before[:-1], asked) if sees_images else {}
    return {
        "model": reply.model,
        "messages": [
            *(_message(message, going, sees_images) for message in before if _says_something(message)),
            *([_prefill(reply.continues.message, going, sees_images)] if reply.continues else []),
        ],
        "max_completion_tokens": reply.max_completion_tokens,
        "stream": True,
    }


def longest_answer(model_id: str) -> int:
    """Tokens to allow for an answer of this model."""
    model = cache.find(model_id)
    reasons = model is not None and "reasoning" in model.supported_parameters
    ours = MAX_COMPLETION_TOKENS_WITH_REASONING if reasons else MAX_COMPLETION_TOKENS
    own_limit = model.max_completion_tokens if model else None
    return min(own_limit or ours, ours)


def _says_something(message: Message) -> bool:
    return bool(message.text or message.images or message.attachments.all())


def _images_that_go(before: list[Message], asked: list[Message]) -> Going:
    """All images of what is `asked` now, and those of earlier messages that are sent along, as far as they fit."""
    older = [place for message in before for place in message.images_in_order.all() if place.is_sent_along]
    newest = [place for message in asked for place in message.images_in_order.all()]
    text_bytes = sum(len(text_with_attachments(message).encode()) + OVERHEAD_BYTES for message in [*before, *asked])
    places = [*older, *newest]
    chosen = plan([place.image for place in places], newest=len(newest), text_bytes=text_bytes)
    versions = [chosen.version] * len(older) + [chosen.version_of_newest] * len(newest)
    going = list(zip(places, versions, strict=True))[chosen.left_out :]
    return {place.pk: version for place, version in going}


def _message(message: Message, going: Going, sees_images: bool) -> dict[str, Any]:
    places = message.images_in_order.all()
    parts = [_image_part(place.image, going[place.pk]) for place in places if place.pk in going]
    note = _note(len(places) - len(parts), sees_images)
    said = "\n\n".join(filter(None, [text_with_attachments(message), note]))
    if not parts:
        return {"role": message.role, "content": said}
    if message.role == Message.Role.ASSISTANT:  # what a model drew goes back the way it came
        return {"role": message.role, "content": said, "images": [part for part in parts if "image_url" in part]}
    # Text first: some providers read the parts in order.
    text = [{"type": "text", "text": said}] if said else []
    return {"role": message.role, "content": [*text, *parts]}


def _note(left_behind: int, sees_images: bool) -> str:
    """For the model: it may be asked about an image that it does not get."""
    if not left_behind:
        return ""
    how_many = "1 image of this message is" if left_behind == 1 else f"{left_behind} images of this message are"
    return f"[{how_many} not included{'' if sees_images else ': this model does not accept images'}]"


def _prefill(answer: Message, going: Going, sees_images: bool) -> dict[str, Any]:
    """The answer that a model is to go on with. Some providers refuse one that ends in white space."""
    text = answer.text.rstrip()
    return {**_message(answer, going, sees_images), "content": text}


def _image_part(image: Image, version: Version) -> dict[str, Any]:
    try:
        url = _image_file(image, version)
    except FileNotFoundError:
        if not nodes.has_media():
            raise NoMedia from None
        # This one alone: the chat goes on with a gap.
        return {"type": "text", "text": "[an image that is no longer available]"}
    return {"type": "image_url", "image_url": {"url": url}}


def _image_file(image: Image, version: Version) -> ImageFile:
    name = str(image.file.name)
    if not is_within(image, version):
        name = smaller_version(image, version)
    return ImageFile(content_type_of(name), default_storage.size(name), partial(_opened, name))


def _opened(name: str) -> BinaryIO:
    return cast(BinaryIO, default_storage.open(name, "rb"))
