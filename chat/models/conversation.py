"""Conversations, their messages, and the long texts attached to messages."""

import uuid
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import OperationalError, models
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.urls import reverse
from django.utils import timezone

from chat.models.tree import Tree

if TYPE_CHECKING:
    from chat.models.image import Image

SUM = models.DecimalField(max_digits=30, decimal_places=10)  # ten thousand answers at the most that one may cost


class TitleBy(models.TextChoices):
    """Whose words a title is made of: a person's are never replaced."""

    RULE = "rule"  # the first line of the first message: chat/conversations/titles.py
    MODEL = "model"
    PERSON = "person"


LISTED = Q(deleted_at=None, is_temporary=False)


class NotDeleted(models.Manager["Conversation"]):
    """The default, so that `user.conversations` has no deleted ones either: no view can forget to leave them out.

    Django itself goes through the plain `_base_manager` for `message.conversation` and when it deletes a user.
    """

    def get_queryset(self) -> models.QuerySet["Conversation"]:
        return super().get_queryset().filter(deleted_at=None)


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200)
    title_by = models.CharField(max_length=6, choices=TitleBy, default=TitleBy.RULE)
    title_cost = models.DecimalField(max_digits=16, decimal_places=10, null=True, blank=True)  # US dollars
    model = models.CharField(max_length=200)  # what its owner chose last; the picker starts with it
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)  # replies that finished later are news to its owner
    pinned_at = models.DateTimeField(null=True, blank=True)
    is_temporary = models.BooleanField(default=False)  # not listed, not found, gone a day after its last message
    deleted_at = models.DateTimeField(null=True, blank=True)  # still there for who wants it back
    text_characters = models.BigIntegerField(default=0)  # of all that was written in it (quota.py)
    # The message of another chat that it was copied up to, which may be gone: so it is no foreign key.
    branched_from = models.UUIDField(null=True, blank=True)

    objects = NotDeleted()
    with_deleted = models.Manager()  # noqa: DJ012  ruff takes it for a field

    class Meta:
        indexes = [
            models.Index(fields=["user", "-updated_at"]),
            models.Index(fields=["user", "text_characters"]),  # their sum is asked for with each question
            # As chat/views/sidebar.py lists them, a page at a time.
            models.Index(
                fields=["user", "-pinned_at", "-id"], condition=LISTED & Q(pinned_at__isnull=False), name="chat_pinned"
            ),
            models.Index(
                fields=["user", "-updated_at", "-id"], condition=LISTED & Q(pinned_at=None), name="chat_not_pinned"
            ),
            # What chat/deletion/conversations.py looks for: few of many.
            models.Index(fields=["user", "deleted_at"], condition=Q(deleted_at__isnull=False), name="chat_deleted"),
            models.Index(fields=["user", "updated_at"], condition=Q(is_temporary=True), name="chat_temporary"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.id])

    @classmethod
    def locked(cls, id_: uuid.UUID) -> "Conversation | None":
        """One whose row is locked until the transaction ends, so that nobody asks, copies or deletes in it meanwhile.

        Where replies are locked, too, they come first (chat/replies/finish.py). None when it is deleted.
        """
        return cls.objects.select_for_update(no_key=True).filter(pk=id_).first()

    def mark_as_seen(self) -> None:
        """Note that its owner has seen the answers in it, where there are new ones.

        If that can be written: no page stays away because a disk is full.
        """
        if not self.messages.filter(reply__finished_at__gt=self.seen_at).exists():
            return
        with suppress(OperationalError):
            Conversation.objects.filter(pk=self.pk).update(seen_at=timezone.now())

    @property
    def cost(self) -> Decimal | None:
        """US dollars for all its replies, also those asked again, and its title; None when nothing is known yet."""
        total: Decimal | None = self.messages.aggregate(cost=models.Sum("reply__cost", output_field=SUM))["cost"]
        return total if self.title_cost is None else (total or 0) + self.title_cost

    @property
    def origin(self) -> "Message | None":
        """The message that it was branched from, while its owner can see that."""
        mine = Message.objects.filter(conversation__user=self.user_id, conversation__deleted_at=None)
        return mine.select_related("conversation", "reply").filter(id__in=[self.branched_from]).first()

    def tree(self) -> Tree:
        """Its messages without what they say; in one query."""
        deleted = Q(deleted_at__isnull=False)
        nodes = self.messages.order_by("created_at").annotate(is_deleted=ExpressionWrapper(deleted, BooleanField()))
        return Tree(nodes.values_list("id", "parent_id", "is_deleted"))

    def path(self, through: uuid.UUID | None = None) -> list["Message"]:
        """The messages from the first to the newest; or to the newest of those that follow `through`."""
        return self.messages_at(self.tree().path(through))

    def url_through(self, id_: uuid.UUID) -> str:
        """Its address with the branch on which that message stands."""
        tree = self.tree()
        is_newest = id_ not in tree or tree.path(id_) == tree.path()
        return self.get_absolute_url() + ("" if is_newest else f"?branch={id_}")

    def messages_at(self, ids: list[uuid.UUID], *related: str) -> list["Message"]:
        """Those messages in that order, with their images and attachments, and with what is `related` to each."""
        messages = self.messages.filter(id__in=ids).select_related(*related)
        by_id = {each.id: each for each in messages.prefetch_related("images_in_order__image", "attachments")}
        return [by_id[id_] for id_ in ids]

    def path_to(self, message: "Message") -> list["Message"]:
        """The messages before `message`, oldest first: what a model is told when it answers there."""
        return self.messages_at(self.tree().path_to(message.id)[:-1])


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

    class Meta:
        indexes = [models.Index(fields=["conversation", "created_at"])]

    def __str__(self) -> str:
        return f"{self.role} message {self.id}"

    @property
    def url(self) -> str:
        """Where it stands in its chat."""
        reply = getattr(self, "reply", None)
        anchor = f"answer-{reply.pk}" if reply else f"message-{self.pk}"
        return f"{reverse('conversation', args=[self.conversation_id])}?branch={self.pk}#{anchor}"

    @property
    def images(self) -> list["Image"]:
        return [placed.image for placed in self.images_in_order.all()]


class Attachment(models.Model):
    """A long text that stands beside a message: pasted, and kept out of the field."""

    LONGEST_BEGINNING = 10_000  # characters that the page holds; all of it has an address of its own

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="one_attachment_per_place")]

    def __str__(self) -> str:
        return f"attachment {self.position} of {self.message_id}"

    @property
    def url(self) -> str:
        return reverse("attachment", args=[self.message_id, self.position])

    @property
    def beginning(self) -> str:
        return self.text[: self.LONGEST_BEGINNING]

    @property
    def is_long(self) -> bool:
        return len(self.text) > self.LONGEST_BEGINNING
