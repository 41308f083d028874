"""Stored files that are no images, PDFs and audio, and what messages have of them, or of images at other addresses."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from chat.models.conversation import Message

PDF = "application/pdf"


class FileQuerySet(models.QuerySet["File"]):
    def visible(self) -> "FileQuerySet":
        """Files in chats that are not deleted, and files that are in no message yet."""
        places = MessageFile.objects.filter(file=models.OuterRef("pk"))
        shown = places.filter(message__conversation__deleted_at=None)
        return self.filter(models.Exists(shown) | ~models.Exists(places))


_FileManager = models.Manager.from_queryset(FileQuerySet)


class FileManager(_FileManager["File"]):
    """The default manager: leaves the text, which only the search needs, for later."""

    def get_queryset(self) -> FileQuerySet:
        return FileQuerySet(self.model, using=self._db).defer("text")


class File(models.Model):
    """A PDF or an audio file, as it was uploaded. One file for each user and content."""

    TOKENS_PER_PAGE = 1_000  # a model that sees pages reads each as an image, others only its text
    CHARACTERS_PER_TOKEN = 4
    TOKENS_PER_SECOND = 32  # of audio, as Gemini counts them
    BYTES_PER_SECOND = 16_000  # of audio at 128 kbit/s

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="files")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(max_length=200)
    name = models.CharField(max_length=200)  # of the last upload
    content_type = models.CharField(max_length=50)
    size_bytes = models.PositiveIntegerField()
    pages = models.PositiveIntegerField(null=True, blank=True)  # of a PDF
    text = models.TextField(blank=True)  # of a PDF, for the search: chat/files/reader_process.py limits it
    characters = models.PositiveIntegerField(default=0)  # of that text
    has_thumbnail = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = FileManager()

    class Meta:
        base_manager_name = "objects"  # else `place.file` would read the text
        constraints = [models.UniqueConstraint(fields=["user", "sha256"], name="one_file_per_content")]

    def __str__(self) -> str:
        return f"{self.content_type} {self.id}"

    @property
    def url(self) -> str:
        return reverse("file", args=[self.id])

    @property
    def thumbnail_url(self) -> str:
        return reverse("thumbnail", args=[self.id]) if self.has_thumbnail else ""

    @property
    def thumbnail_name(self) -> str:
        """The name of the image of its first page in the storage."""
        return f"{str(self.file.name).rpartition('.')[0]}-page.jpg"

    @property
    def is_pdf(self) -> bool:
        return self.content_type == PDF

    @property
    def is_audio(self) -> bool:
        return self.content_type.startswith("audio/")

    @property
    def tokens(self) -> int:
        """About how many tokens a model makes of it."""
        if self.is_audio:
            return self.size_bytes * self.TOKENS_PER_SECOND // self.BYTES_PER_SECOND
        return max((self.pages or 0) * self.TOKENS_PER_PAGE, self.characters // self.CHARACTERS_PER_TOKEN)


class MessageFile(models.Model):
    """A file's place in a message. It may have the address of an image instead, which only providers fetch."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="files_in_order")
    file = models.ForeignKey(File, on_delete=models.RESTRICT, null=True, blank=True, related_name="places")
    address = models.TextField(blank=True)  # of an image
    name = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    is_sent_along = models.BooleanField(default=True)  # again, with later messages of the chat

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["message", "position"], name="one_file_per_place"),
            models.CheckConstraint(
                condition=Q(file__isnull=False, address="") | (Q(file=None) & ~Q(address="")), name="file_or_address"
            ),
        ]

    def __str__(self) -> str:
        return f"file {self.position} of {self.message_id}"

    @property
    def host(self) -> str:
        """The host of the image's address; empty for a stored file."""
        return urlsplit(self.address).hostname or ""
