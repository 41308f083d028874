"""The files of a chat in a request: which of them are sent, and as which parts of a message."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO, NamedTuple, cast

from django.core.files.storage import default_storage

from chat.files.kinds import MP3, WAV
from chat.files.request_fit import encoded_bytes, omitted_files
from chat.files.storage import audio_format_of
from chat.model_request.outline import SentFile
from chat.models import PDF, Message, MessageFile
from chat.openrouter import EncodedFile, Model
from chat.upkeep import installation

# What the Responses API takes. Source: OpenRouter's OpenAPI, `InputAudio`.
AUDIO_IN_RESPONSES = (MP3.content_type, WAV.content_type)


class NoMedia(Exception):
    """The folder of images is missing. Nothing is sent then: the user would pay for an answer without them."""


class FilesOfRequest(NamedTuple):
    """Which places of files are in a request, by their ids, and how many bytes they take in it."""

    included: frozenset[int]
    bytes: int


def files_to_send(
    history: list[Message], current: list[Message], model: Model | None, *, text_bytes: int
) -> FilesOfRequest:
    """All files of the `current` messages and those of earlier ones that their user includes, as far as they fit.

    Without those that the model does not take: audio, and images at addresses.
    """
    earlier = [place for place in _places(history) if place.is_sent_along]
    newest = list(_places(current))
    places = [place for place in [*earlier, *newest] if is_taken(place, model)]
    count = sum(place in newest for place in places)
    sizes = [place.file.size_bytes if place.file else 0 for place in places]
    omitted = omitted_files(sizes, newest=count, text_bytes=text_bytes)
    return FilesOfRequest(frozenset(place.pk for place in places[omitted:]), sum(map(encoded_bytes, sizes[omitted:])))


def is_taken(place: MessageFile, model: Model | None) -> bool:
    """Whether the model takes a file. All take PDFs, which OpenRouter reads; an unknown one may refuse the rest."""
    if model is None:
        return True
    if place.file is None:
        return model.sees_images
    return model.hears_audio if place.file.is_audio else True


def sent_files(message: Message, included: frozenset[int]) -> tuple[SentFile | None, ...]:
    """The files to send, with None in place of a lost one: the chat can go on without it. Raises NoMedia if all are."""
    places = (place for place in message.files_in_order.all() if place.pk in included and place.file)
    return tuple(map(_sent_file, places))


def fits_responses(file: SentFile) -> bool:
    """Whether the Responses API takes a file."""
    return file.content_type == PDF or file.content_type in AUDIO_IN_RESPONSES


def sent_addresses(message: Message, included: frozenset[int]) -> tuple[str, ...]:
    """The addresses of images to send."""
    return tuple(place.address for place in message.files_in_order.all() if place.pk in included and place.address)


def omitted_note(message: Message, included: frozenset[int]) -> str:
    """A note for the model, which may be asked about a file that it does not get."""
    omitted = [place.name for place in message.files_in_order.all() if place.pk not in included]
    return f"[not included: {', '.join(omitted)}]" if omitted else ""


def file_parts(files: Iterable[SentFile | None]) -> Iterator[dict[str, Any]]:
    """The parts of a message. Source: OpenRouter docs, "PDF Inputs" and "Audio"."""
    for file in files:
        if file is None:
            yield {"type": "text", "text": "[a file that is no longer available]"}
            continue
        encoded = EncodedFile(
            file.content_type, file.size_bytes, partial(open_stored, file.file), is_url=file.content_type == PDF
        )
        if file.content_type == PDF:
            yield {"type": "file", "file": {"filename": file.name, "file_data": encoded}}
        else:
            audio = {"data": encoded, "format": audio_format_of(file.content_type)}
            yield {"type": "input_audio", "input_audio": audio}


def address_parts(addresses: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The parts of a message for images that the provider fetches."""
    return ({"type": "image_url", "image_url": {"url": address}} for address in addresses)


def _places(messages: list[Message]) -> Iterator[MessageFile]:
    return (place for message in messages for place in message.files_in_order.all())


def _sent_file(place: MessageFile) -> SentFile | None:
    assert place.file
    name = str(place.file.file.name)
    try:
        size = default_storage.size(name)
    except FileNotFoundError:
        if not installation.has_media():
            raise NoMedia from None
        return None
    return SentFile(name, size, place.file.content_type, place.name, place.file.tokens)


def open_stored(name: str) -> BinaryIO:
    """A file of the storage, to be read while it is sent."""
    return cast(BinaryIO, default_storage.open(name, "rb"))
