"""What the files are called: by their day and title, so that a person finds them, and by id, so that each is one."""

import unicodedata

from django.conf import settings
from django.utils import timezone

from chat.images.storage import EXTENSIONS
from chat.models import Conversation, Image

LONGEST_TITLE = 40  # characters; file systems take 255 bytes, and a character may have four
FORBIDDEN = '<>:"/\\|?*'  # somewhere: Windows forbids most


def chat_file(conversation: Conversation) -> str:
    """Without an ending: "2026-11-21 Bread without yeast 1f3a09bc"."""
    words = [f"{conversation.created_at:%Y-%m-%d}", title(conversation), conversation.id.hex[:8]]
    return " ".join(word for word in words if word)


def download(conversation: Conversation) -> str:
    """What a single chat is saved as, without an ending."""
    return title(conversation) or chat_file(conversation)


def everything() -> str:
    words = [_safe(settings.SITE_NAME), f"{timezone.now():%Y-%m-%d}"]
    return " ".join(word for word in words if word) + ".zip"


def image_file(image: Image) -> str:
    return f"pictures/{image.id}.{EXTENSIONS[image.content_type]}"


def title(conversation: Conversation) -> str:
    return _safe(conversation.title)[:LONGEST_TITLE].strip(" .")


def _safe(name: str) -> str:
    """Without what a file system forbids, and without marks that nobody sees."""
    kept = [" " if char in FORBIDDEN or unicodedata.category(char)[0] in "CZ" else char for char in name]
    return " ".join("".join(kept).split()).strip(" .")
