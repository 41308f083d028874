"""What is kept: conversations, their messages, and the pictures in them."""

import uuid
from collections import defaultdict
from contextlib import suppress
from decimal import Decimal

from django.conf import settings
from django.db import OperationalError, models
from django.urls import reverse
from django.utils import timezone


class TitleBy(models.TextChoices):
    """Whose words a title is made of: a person's are never replaced."""

    RULE = "rule"  # the first line of the first message: chat/conversations/titles.py
    MODEL = "model"
    PERSON = "person"


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200)
    title_by = models.CharField(max_length=6, choices=TitleBy, default=TitleBy.RULE)
    title_cost = models.DecimalField(max_digits=16, decimal_places=10, null=True, blank=True)  # US dollars
    model = models.CharField(max_length=200)  # what was asked last; the picker starts with it
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)  # replies that finished later are news to its owner
    pinned_at = models.DateTimeField(null=True, blank=True)
    is_temporary = models.BooleanField(default=False)  # not listed, not found, gone a day after its last message
    deleted_at = models.DateTimeField(null=True, blank=True)  # still there for who wants it back

    class Meta:
        indexes = [models.Index(fields=["user", "-updated_at"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.id])

    def mark_as_seen(self) -> None:
        """If that can be written: no page stays away because a disk is full."""
        with suppress(OperationalError):
            Conversation.objects.filter(pk=self.pk).update(seen_at=timezone.now())

    @property
    def cost(self) -> Decimal | None:
        """US dollars for all its replies, also those asked again; None when nothing is known yet."""
        total: Decimal | None = self.messages.aggregate(cost=models.Sum("reply__cost"))["cost"]
        return total

    def path(self) -> list["Message"]:
        """The messages that are shown, oldest first: at each fork the newest, with the others in `.earlier`."""
        children: dict[uuid.UUID | None, list[Message]] = defaultdict(list)
        for message in self._all_messages().select_related("reply"):
            children[message.parent_id].append(message)
        path: list[Message] = []
        while versions := children[path[-1].id if path else None]:
            *earlier, newest = versions
            newest.earlier = earlier
            path.append(newest)
        return path

    def path_to(self, message: "Message") -> list["Message"]:
        """The messages before `message`, oldest first: what a model is told when it answers there."""
        by_id = {each.id: each for each in self._all_messages()}
        path: list[Message] = []
        parent_id = message.parent_id
        while parent_id:
            path.append(by_id[parent_id])
            parent_id = path[-1].parent_id
        return path[::-1]

    def _all_messages(self) -> models.QuerySet["Message"]:
        return self.messages.prefetch_related("pictures_in_order__picture").order_by("created_at")


class Message(models.Model):
    """A question or an answer. `parent` is what it follows: several children are versions of each other."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    role = models.CharField(max_length=9, choices=Role)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # what it said is gone; its place and its cost stay

    earlier: list["Message"]  # other versions, set by Conversation.path()

    class Meta:
        indexes = [models.Index(fields=["conversation", "created_at"])]

    def __str__(self) -> str:
        return f"{self.role} message {self.id}"

    @property
    def pictures(self) -> list["Picture"]:
        return [placed.picture for placed in self.pictures_in_order.all()]


class Picture(models.Model):
    """A picture as it is stored: decoded, cleaned and shrunk. One file per owner and content."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pictures")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(max_length=200)
    content_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()  # pixels
    size_bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "sha256"], name="one_picture_per_content")]

    def __str__(self) -> str:
        return f"{self.content_type} {self.width}x{self.height}"

    @property
    def url(self) -> str:
        return reverse("picture", args=[self.id])


class MessagePicture(models.Model):
    """A picture's place in a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="pictures_in_order")
    picture = models.ForeignKey(Picture, on_delete=models.RESTRICT, related_name="places")
    position = models.PositiveSmallIntegerField()
    is_sent_along = models.BooleanField(default=True)  # with later messages of the chat

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="one_picture_per_place")]

    def __str__(self) -> str:
        return f"picture {self.position} of {self.message_id}"


class Attachment(models.Model):
    """A long text that stands beside a message: pasted, and kept out of the field."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="one_attachment_per_place")]

    def __str__(self) -> str:
        return f"attachment {self.position} of {self.message_id}"
