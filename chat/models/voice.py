"""Parts of answers as they were read aloud."""

import uuid

from django.db import models
from django.urls import reverse
from django.utils import timezone

from chat.models.account import User
from chat.models.conversation import Message


class SpokenPart(models.Model):
    """A few sentences of an answer as audio, so that hearing them again costs nothing.

    The audio is in the row and not in a file, so that deleting a message, a chat or an account deletes it in the same
    transaction. It is a megabyte at most for most voices, and chat/voice/speech.py removes it after a week.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="spoken_parts")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="spoken_parts")
    digest = models.CharField(max_length=64)  # of the text, the model and the voice
    charge = models.UUIDField()  # the id of its Charge
    content_type = models.CharField(max_length=20, blank=True)
    audio = models.BinaryField(null=True)  # null while it is made
    size_bytes = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "digest"], name="one_reading_of_each_part")]

    def __str__(self) -> str:
        return f"{self.size_bytes} bytes of {self.message_id}"

    @property
    def url(self) -> str:
        return reverse("spoken-part", args=[self.id])
