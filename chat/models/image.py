"""Stored images, and their places in messages."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from chat.models.conversation import Message


class ImageQuerySet(models.QuerySet["Image"]):
    def visible(self) -> Self:
        """Images in chats that are not deleted, and images that are in no message yet."""
        places = MessageImage.objects.filter(image=models.OuterRef("pk"))
        shown = places.filter(message__conversation__deleted_at=None)
        return self.filter(models.Exists(shown) | ~models.Exists(places))


class Image(models.Model):
    """An image, decoded, cleaned and shrunk by chat/images/processing.py. One file for each user and content."""

    READABLE_EDGE = 2048  # pixels
    MIN_LONG_RATIO = (
        4  # as long as wide: models that make a long edge 1568 see a page of 1080 pixels at 390 then, or less
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="images")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(max_length=200)
    content_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()  # pixels
    size_bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = ImageQuerySet.as_manager()

    class Meta:
        db_table = "chat_picture"  # its first name
        constraints = [models.UniqueConstraint(fields=["user", "sha256"], name="one_picture_per_content")]

    def __str__(self) -> str:
        return f"{self.content_type} {self.width}x{self.height}"

    @property
    def url(self) -> str:
        return reverse("image", args=[self.id])

    @property
    def is_hard_to_read(self) -> bool:
        """Whether it is so long and narrow that models, which shrink images, may not be able to read text in it."""
        short, long = sorted((self.width, self.height))
        return long > self.READABLE_EDGE and long >= self.MIN_LONG_RATIO * short


class MessageImage(models.Model):
    """An image's place in a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="images_in_order")
    image = models.ForeignKey(Image, on_delete=models.RESTRICT, related_name="places", db_column="picture_id")
    position = models.PositiveSmallIntegerField()
    is_sent_along = models.BooleanField(default=True)  # again, with later messages of the chat

    class Meta:
        db_table = "chat_messagepicture"  # its first name
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="one_picture_per_place")]

    def __str__(self) -> str:
        return f"image {self.position} of {self.message_id}"
