"""The earlier images and files of a chat that its next request includes; the user pays for them again each time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from chat.files.request_fit import encoded_bytes, omitted_files
from chat.images.request_fit import plan
from chat.models import Conversation, Message, MessageFile, MessageImage


class Size(NamedTuple):
    width: int
    height: int
    size_bytes: int


class Place(NamedTuple):
    """An image in a message. `id` is that of the MessageImage."""

    id: int
    image: UUID
    role: str  # of the message


@dataclass(frozen=True)
class ContextImages:
    """The images and files on one path of a chat, counted by what happens to them in the next request."""

    count: int  # to be sent
    excluded: int  # by the user
    over_limit: int  # the oldest, which do not fit into a request
    are_shrunk: bool  # are to be sent smaller than stored, in order to fit
    anchor: str  # the id of the article with the first image to be sent; empty without one
    branch: UUID | None
    files: int = 0  # to be sent
    excluded_files: int = 0
    files_over_limit: int = 0
    files_anchor: str = ""

    @property
    def are_any_excluded(self) -> bool:
        return bool(self.excluded or self.excluded_files)


def context_images_of(conversation: Conversation, *, branch: UUID | None = None) -> ContextImages:
    """Count the images and files on the path through the message with the id `branch`, or on the newest path."""
    placed = MessageImage.objects.filter(message__conversation=conversation).order_by("message__created_at")
    sizes = ("image__width", "image__height", "image__size_bytes")
    place = ("id", "image_id", "message__role")
    rows = list(placed.values_list("message_id", "message__reply__id", "is_sent_along", *sizes, *place))
    file_rows = _file_rows(conversation)
    path = set(conversation.tree().path(branch)) if rows or file_rows else set()  # most chats have neither
    sizes_of_files = [size or 0 for message, _reply, is_sent, size in file_rows if message in path and is_sent]
    files_omitted = omitted_files(sizes_of_files)
    files = [row for row in file_rows if row[0] in path]
    sent_files = [row for row in files if row[2]][files_omitted:]
    shown = [row for row in rows if row[0] in path]
    included = [row for row in shown if row[2]]
    repeated = repeated_places(Place(*row[6:]) for row in included)
    once = [row for row in included if row[6] not in repeated]
    files_bytes = sum(map(encoded_bytes, sizes_of_files[files_omitted:]))
    chosen = plan([Size(*row[3:6]) for row in once], text_bytes=files_bytes)
    sent = once[chosen.omitted :]
    return ContextImages(
        count=len(sent),
        excluded=len(shown) - len(included),
        over_limit=chosen.omitted,
        are_shrunk=chosen.is_smaller,
        anchor=_anchor(*sent[0][:2]) if sent else "",
        branch=branch,
        files=len(sent_files),
        excluded_files=len(files) - len(sent_files) - files_omitted,
        files_over_limit=files_omitted,
        files_anchor=_anchor(*sent_files[0][:2]) if sent_files else "",
    )


def repeated_places(places: Iterable[Place]) -> set[int]:
    """The ids of places whose image a model made, and which a later one of `places` has, too: a question about it.

    A request has such an image there alone, so that it is paid for once.
    """
    repeated: set[int] = set()
    later: set[UUID] = set()
    for place in reversed(list(places)):
        if place.role == Message.Role.ASSISTANT and place.image in later:
            repeated.add(place.id)
        later.add(place.image)
    return repeated


def _file_rows(conversation: Conversation) -> list[tuple[UUID, UUID | None, bool, int | None]]:
    places = MessageFile.objects.filter(message__conversation=conversation).order_by("message__created_at", "position")
    return list(places.values_list("message_id", "message__reply__id", "is_sent_along", "file__size_bytes"))


def images_on_path(conversation: Conversation, branch: UUID | None) -> list[MessageImage]:
    """The images on that path, in order."""
    path = conversation.tree().path(branch)
    return list(MessageImage.objects.filter(message__in=path).order_by("message__created_at", "position"))


def files_on_path(conversation: Conversation, branch: UUID | None) -> list[MessageFile]:
    """The files on that path, in order."""
    path = conversation.tree().path(branch)
    return list(MessageFile.objects.filter(message__in=path).order_by("message__created_at", "position"))


def _anchor(message: UUID, reply: UUID | None) -> str:
    return f"answer-{reply}" if reply else f"message-{message}"
