"""Named sets of a model and settings, with which new chats begin."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class Preset(models.Model):
    """A model and settings for new chats. Without a name it is for one new chat, whose settings were just changed."""

    LONGEST_NAME = 60  # characters

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presets")
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_default = models.BooleanField(default=False)
    model = models.CharField(max_length=200, blank=True)  # empty: the one that new chats begin with anyway
    settings = models.JSONField(default=dict, blank=True)  # as those of a chat: chat/parameters/
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(is_default=True), name="one_default_preset")
        ]

    def __str__(self) -> str:
        return self.name or f"settings of a new chat {self.id}"
