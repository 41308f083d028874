"""The body of a chat request: the conversation so far, as OpenRouter wants it."""

from functools import partial
from typing import Any, BinaryIO, cast
from uuid import UUID

from chat.catalogue import cache
from chat.conversations.attachments import text_with_attachments
from chat.conversations.models import Message, Picture
from chat.openrouter import ApiKey, PictureFile
from chat.replies.models import Reply
from chat.signin.models import StoredKey

# OpenRouter holds back the price of the longest possible answer before it begins. Without a limit that is the
# model's maximum, and an account with a dollar left is refused.
MAX_COMPLETION_TOKENS = 8192
MAX_COMPLETION_TOKENS_WITH_REASONING = 16384  # thoughts are paid from the same allowance


class NoKey(Exception):
    """There is no key to pay with: signed in again elsewhere, refused, or unreadable."""


def key_for(user_id: UUID) -> ApiKey:
    key = StoredKey.working(user_id)
    if key is None:
        raise NoKey
    return key


def body_for(reply: Reply) -> dict[str, Any]:
    model = cache.find(reply.model)
    sees_images = model is None or model.sees_images  # an unknown model is asked, and may refuse
    before = reply.message.conversation.path_to(reply.message)
    return {
        "model": reply.model,
        "messages": [
            *(
                _message(message, sees_images, is_whole=message is before[-1])
                for message in before
                if _says_something(message)
            ),
            *([_prefill(reply.continues.message, sees_images)] if reply.continues else []),
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
    return bool(message.text or message.pictures or message.attachments.all())


def _message(message: Message, sees_images: bool, *, is_whole: bool) -> dict[str, Any]:
    """`is_whole`: with all its pictures, because it is what is asked now."""
    places = message.pictures_in_order.all()
    pictures = [place.picture for place in places if sees_images and (is_whole or place.is_sent_along)]
    note = _note(len(places) - len(pictures), sees_images)
    said = "\n\n".join(filter(None, [text_with_attachments(message), note]))
    if not pictures:
        return {"role": message.role, "content": said}
    parts = [_image_part(picture) for picture in pictures]
    if message.role == Message.Role.ASSISTANT:  # what a model drew goes back the way it came
        return {"role": message.role, "content": said, "images": [part for part in parts if "image_url" in part]}
    # Text first: some providers read the parts in order.
    text = [{"type": "text", "text": said}] if said else []
    return {"role": message.role, "content": [*text, *parts]}


def _note(left_behind: int, sees_images: bool) -> str:
    """For the model: it may be asked about a picture that it does not get."""
    if not left_behind:
        return ""
    how_many = "1 picture of this message is" if left_behind == 1 else f"{left_behind} pictures of this message are"
    return f"[{how_many} not sent along{'' if sees_images else ': this model cannot see pictures'}]"


def _prefill(answer: Message, sees_images: bool) -> dict[str, Any]:
    """The answer that a model is to go on with. Some providers refuse one that ends in white space."""
    text = answer.text.rstrip()
    return {**_message(answer, sees_images, is_whole=True), "content": text}


def _image_part(picture: Picture) -> dict[str, Any]:
    try:
        url = PictureFile(picture.content_type, picture.file.size, partial(_opened, picture))
    except FileNotFoundError:  # a restored database without its media: the chat goes on with a gap
        return {"type": "text", "text": "[a picture that is lost]"}
    return {"type": "image_url", "image_url": {"url": url}}


def _opened(picture: Picture) -> BinaryIO:
    return cast(BinaryIO, picture.file.storage.open(str(picture.file.name), "rb"))
