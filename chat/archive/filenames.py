"""The names of exported files, and of the files inside an exported zip."""

import unicodedata

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from chat.files.kinds import STORED
from chat.images.storage import EXTENSIONS
from chat.models import Conversation, File, Image, MessageImage

MAX_TITLE_LENGTH = 40  # characters; file systems allow 255 bytes, and a character may have four
FORBIDDEN = '<>:"/\\|?*'  # by some file system, most of them on Windows


def chat_filename(conversation: Conversation) -> str:
    """Return the name of a chat's files in a zip, unique and without extension.

    For example "2026-11-21 Bread without yeast 1f3a09bc": the day, the title and the first digits of the id.
    """
    words = [f"{conversation.created_at:%Y-%m-%d}", safe_title(conversation), conversation.id.hex[:8]]
    return " ".join(word for word in words if word)


def download_filename(conversation: Conversation) -> str:
    """Return the name under which a single chat is downloaded, without extension."""
    return safe_title(conversation) or chat_filename(conversation)


def account_filename() -> str:
    """Return the name of the zip with all chats of a person."""
    words = [_safe(settings.SITE_NAME), f"{timezone.now():%Y-%m-%d}"]
    return " ".join(word for word in words if word) + ".zip"


def image_filename(image: Image) -> str:
    return f"pictures/{image.id}.{EXTENSIONS[image.content_type]}"


def image_download_filename(place: MessageImage) -> str:
    """Return the name of an image: the title of its chat, and its number among the images of people or of models."""
    message = place.message
    same = MessageImage.objects.filter(message__conversation=message.conversation, message__role=message.role)
    before = Q(message__created_at__lt=message.created_at) | Q(message=message, position__lt=place.position)
    number = same.filter(before).count() + 1
    words = [safe_title(message.conversation) or "image", str(number)]
    return f"{' '.join(words)}.{EXTENSIONS[place.image.content_type]}"


def stored_filename(file: File) -> str:
    return f"files/{file.id}.{STORED[file.content_type].extension}"


def safe_title(conversation: Conversation) -> str:
    return _safe(conversation.title)[:MAX_TITLE_LENGTH].strip(" .")


def _safe(name: str) -> str:
    """Replace characters that a file system forbids, and invisible ones, by spaces."""
    characters = [" " if char in FORBIDDEN or unicodedata.category(char)[0] in "CZ" else char for char in name]
    return " ".join("".join(characters).split()).strip(" .")
