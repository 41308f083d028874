"""The files of messages: what a person sends, what is stored, and what reading them by OCR costs."""

from dataclasses import dataclass, field

from django.db.models import Sum

from chat.files.image_addresses import name_in
from chat.models import Conversation, File, Message, MessageFile, Reply


@dataclass
class ReceivedFiles:
    """What a form has: files that were uploaded, and addresses of images that are not fetched."""

    files: list[File] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.files) + len(self.addresses)

    @property
    def characters(self) -> int:
        """How many characters are stored of them: the text for the search, and the addresses."""
        return sum(file.characters for file in self.files) + sum(map(len, self.addresses))

    @property
    def tokens(self) -> int:
        """About how many tokens the files have."""
        return sum(file.tokens for file in self.files)

    @property
    def pages(self) -> int:
        return sum(file.pages or 0 for file in self.files)


def store_files(message: Message, received: ReceivedFiles) -> None:
    """Store the files of a new message, and then the addresses, in this order."""
    named = [
        *(MessageFile(file=file, name=file.name) for file in received.files),
        *(MessageFile(address=address, name=name_in(address)) for address in received.addresses),
    ]
    for position, place in enumerate(named):
        place.message, place.position = message, position
    MessageFile.objects.bulk_create(named)


def unread_pages(conversation: Conversation) -> int:
    """How many pages of earlier PDFs the next request would have read again: none where OpenRouter's reading is stored.

    Of all branches, as tokens are where nothing was counted.
    """
    if Reply.objects.filter(message__conversation=conversation, file_annotations__isnull=False).exists():
        return 0
    places = MessageFile.objects.filter(message__conversation=conversation, is_sent_along=True)
    return places.aggregate(sum=Sum("file__pages"))["sum"] or 0
