"""Conversations, their messages, and the long texts attached to messages."""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import OperationalError, models
from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce, Length
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from chat.models.ancestors import Ancestors
from chat.models.dollars import DollarsField
from chat.models.prepared_queries import prepared, prepared_update
from chat.models.tree import Tree

if TYPE_CHECKING:
    from chat.models.image import Image

# What a message may have, as the names of related objects, and of the annotation that says whether it has some.
MARKS = {"images_in_order": "has_images", "files_in_order": "has_files", "attachments": "has_attachments"}
PREFETCHED = {
    "images_in_order": "images_in_order__image",
    "files_in_order": "files_in_order__file",
    "attachments": "attachments",
}

ONE_STEP = timedelta(microseconds=1)  # between messages whose order has to be certain

# Ten thousand answers at the highest cost that can be stored.
COST_SUM = models.DecimalField(max_digits=30, decimal_places=12)


class TitleBy(models.TextChoices):
    """Who made a title. One that a person typed is never replaced."""

    RULE = "rule"  # from the first message, by chat/conversations/titles.py
    MODEL = "model"
    PERSON = "person"


LISTED = Q(deleted_at=None, is_temporary=False)


class NotDeleted(models.Manager["Conversation"]):
    """The default manager: leaves out deleted conversations, also in `user.conversations`, so no view can forget to.

    Django itself uses the plain `_base_manager` for `message.conversation` and when it deletes a user.
    """

    def get_queryset(self) -> models.QuerySet["Conversation"]:
        return super().get_queryset().filter(deleted_at=None)


class Conversation(models.Model):
    """A chat: a tree of messages, of which pages show one path (chat/models/tree.py)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200)
    title_by = models.CharField(max_length=6, choices=TitleBy, default=TitleBy.RULE)
    title_cost = models.DecimalField(max_digits=18, decimal_places=12, null=True, blank=True)  # US dollars
    voice_cost = DollarsField(default=0)  # of what was dictated in it and read aloud, as far as that is known
    settings = models.JSONField(default=dict, blank=True)  # of its requests (chat/parameters/): those that are set
    model = models.CharField(max_length=200)  # of the last message sent in it; the picker starts with it
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)  # replies that finished later count as unread
    pinned_at = models.DateTimeField(null=True, blank=True)
    is_temporary = models.BooleanField(
        default=False
    )  # not listed, not searchable, deleted a day after its last message
    deleted_at = models.DateTimeField(null=True, blank=True)  # until it is removed for good, its user can restore it
    text_characters = models.BigIntegerField(default=0)  # of all text in it (chat/conversations/quota.py)
    # Tools that may run without asking, and a digest of what they were when they were allowed.
    allowed_tools = models.JSONField(null=True, blank=True)
    # The last message that was copied from another chat. No foreign key, because that one may be deleted.
    branched_from = models.UUIDField(null=True, blank=True)

    read_cost: tuple[Decimal | None] | None = None  # `cost_of_replies`, if it was read with the row

    objects = NotDeleted()
    with_deleted = models.Manager()  # noqa: DJ012  ruff takes it for a field

    class Meta:
        indexes = [
            models.Index(fields=["user", "-updated_at"]),
            models.Index(fields=["user", "text_characters"]),  # each question asks for their sum
            # For chat/pages/sidebar.py, which lists a page at a time.
            models.Index(
                fields=["user", "-pinned_at", "-id"], condition=LISTED & Q(pinned_at__isnull=False), name="chat_pinned"
            ),
            models.Index(
                fields=["user", "-updated_at", "-id"], condition=LISTED & Q(pinned_at=None), name="chat_not_pinned"
            ),
            # For chat/deletion/conversations.py, which looks for few of many.
            models.Index(fields=["user", "deleted_at"], condition=Q(deleted_at__isnull=False), name="chat_deleted"),
            models.Index(fields=["user", "updated_at"], condition=Q(is_temporary=True), name="chat_temporary"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.id])

    @classmethod
    def locked(cls, id_: uuid.UUID) -> "Conversation | None":
        """The conversation, its row locked until the transaction ends; None when it is deleted.

        Take it before you change the messages. If you lock replies, too, lock them first, as chat/replies/finish.py.
        """
        return cls.objects.select_for_update(no_key=True).filter(pk=id_).first()

    def mark_as_seen(self, *, newest: datetime | None = None) -> None:
        """Record that the user has seen the answers in it, if there are unread ones.

        `newest` is when the newest one ended, if that is known. Ignores database errors: a full disk is no reason to
        fail a page.
        """
        has_unread = newest > self.seen_at if newest else self._has_unread()
        if not has_unread:
            return
        with suppress(OperationalError):
            _mark_as_seen(self.pk, timezone.now())

    # What a query annotated with `request_facts` has read already; otherwise it is read when somebody needs it.

    @cached_property
    def has_images(self) -> bool:
        """Whether a message in it has images."""
        return bool(self._request_fact("has_images"))

    @cached_property
    def has_files(self) -> bool:
        """Whether a message in it has files, or images at addresses."""
        return bool(self._request_fact("has_files"))

    @cached_property
    def counted_tokens(self) -> int | None:
        """The tokens as counted for its newest reply with usage, whose reasoning is not sent again; None if unknown."""
        tokens: int | None = self._request_fact("counted_tokens")
        return tokens

    @cached_property
    def text_length(self) -> int:
        """The characters of all messages and attachments."""
        attachments = Attachment.objects.filter(message__conversation=self)
        return sum(rows.aggregate(sum=Sum(Length("text")))["sum"] or 0 for rows in (self.messages, attachments))

    def _request_fact(self, name: str) -> Any:
        facts = {name: request_facts()[name]}
        return Conversation.with_deleted.filter(pk=self.pk).annotate(**facts).values_list(name, flat=True).first()

    def _has_unread(self) -> bool:
        return self.messages.filter(reply__finished_at__gt=self.seen_at).exists()

    @property
    def cost(self) -> Decimal | None:
        """US dollars for all replies in it, on all branches, its title and its voice; None if no cost is known yet."""
        total = self.read_cost[0] if self.read_cost else self._cost_of_replies()
        others = (self.title_cost or 0) + self.voice_cost
        return total if self.title_cost is None and not others else (total or 0) + others

    def _cost_of_replies(self) -> Decimal | None:
        return Conversation.with_deleted.filter(pk=self.pk).values_list(cost_of_replies("pk"), flat=True).first()

    @property
    def origin(self) -> "Message | None":
        """The message that it was branched from; None when it was not, or that chat was deleted."""
        mine = Message.objects.filter(conversation__user=self.user_id, conversation__deleted_at=None)
        mine = mine.select_related("conversation", "reply").defer(
            *(
                "reply__reasoning_details",
                "reply__file_annotations",
                "reply__logprobs",
                "reply__request",
                "reply__rounds",
            )
        )
        return mine.filter(id__in=[self.branched_from]).first()

    def tree(self) -> Tree:
        """The shape of the conversation: ids without texts, in one query."""
        return Tree(_nodes_of(self.pk))

    def next_moment(self) -> datetime:
        """What `created_at` of the next message has to be: now, or later than all others after a clock was set back.

        Everything relies on messages being newer than those they follow. Ask while no other message can be added.
        """
        newest = _newest_moment_of(self.pk)
        return max([timezone.now(), *(moment + ONE_STEP for (moment,) in newest)])

    def path(self, through: uuid.UUID | None = None) -> list["Message"]:
        """The messages of the newest path; or of the newest one through the message with the id `through`."""
        return self.messages_at(self.tree().path(through))

    def url_through(self, id_: uuid.UUID) -> str:
        """The path of its page that shows the branch with this message."""
        tree = self.tree()
        is_newest = id_ not in tree or tree.path(id_) == tree.path()
        return self.get_absolute_url() + ("" if is_newest else f"?branch={id_}")

    def messages_at(self, ids: list[uuid.UUID], *related: str, without: Iterable[str] = ()) -> list["Message"]:
        """The messages with these ids, in this order, with images, files, attachments and `related` objects.

        The fields `without` are read when somebody asks for them.
        """
        found = _with_marks(self.messages.filter(id__in=ids)).select_related(*related).defer(*without)
        by_id = {each.id: each for each in _with_related(list(found))}
        return [by_id[id_] for id_ in ids]

    def path_to(self, message: "Message") -> list["Message"]:
        """The messages before `message`, oldest first: the history to send for an answer at its place.

        With `answered_by`, `asked_model`, `reasoning_details`, `file_annotations` and `rounds` of answers, which
        chat/replies/ sends back.
        """
        above = _with_related(_messages_above(message.parent_id)) if message.parent_id else []
        by_id = {each.id: each for each in above}
        tree = Tree((each.id, each.parent_id, False) for each in above)
        return [by_id[id_] for id_ in tree.path_to(message.parent_id)] if above else []


def cost_of_replies(conversation: str) -> Subquery:
    """The sum of a conversation's replies, where `conversation` is the name of its id in the outer query."""
    messages = Message.objects.filter(conversation=OuterRef(conversation)).order_by().values("conversation")
    return Subquery(messages.values(cost=Sum("reply__cost", output_field=COST_SUM)), output_field=COST_SUM)


@prepared_update
def _mark_as_seen(id_: uuid.UUID, at: datetime) -> tuple[models.QuerySet[Conversation], dict[str, Any]]:
    return Conversation.objects.filter(pk=id_), {"seen_at": at}


@prepared
def _nodes_of(conversation: uuid.UUID) -> models.QuerySet[Any, tuple[uuid.UUID, uuid.UUID | None, bool]]:
    deleted = ExpressionWrapper(Q(deleted_at__isnull=False), BooleanField())
    messages = Message.objects.filter(conversation=conversation).order_by("created_at").annotate(is_deleted=deleted)
    return messages.values_list("id", "parent_id", "is_deleted")


@prepared
def _newest_moment_of(conversation: uuid.UUID) -> models.QuerySet[Any, tuple[datetime]]:
    messages = Message.objects.filter(conversation=conversation).order_by("-created_at")
    return messages.values_list("created_at")[:1]


@prepared
def _messages_above(id_: uuid.UUID) -> models.QuerySet[Any]:
    found: models.QuerySet[Any] = _with_marks(Message.objects.filter(id__in=Ancestors(id_))).annotate(
        answered_by=F("reply__answered_by"),
        asked_model=F("reply__model"),
        reasoning_details=F("reply__reasoning_details"),
        file_annotations=F("reply__file_annotations"),
        rounds=F("reply__rounds"),
    )
    return found


def _with_marks(messages: models.QuerySet["Message"]) -> models.QuerySet[Any]:
    return messages.annotate(**{mark: _has(related) for related, mark in MARKS.items()})


def _with_related(found: list[Any]) -> list["Message"]:
    """The messages of `_with_marks` with what they have: nothing is asked where, as mostly, there is nothing."""
    for related, mark in MARKS.items():
        having = [each for each in found if getattr(each, mark)]
        prefetch_related_objects(having, PREFETCHED[related])
        for each in found:
            each.has_no(*[related] * (not getattr(each, mark)))
    return found


def _has(related: str) -> Exists:
    return Exists(Message.objects.filter(**{"pk": OuterRef("pk"), f"{related}__isnull": False}))


@cache
def _none_of(related: str) -> models.QuerySet[Any]:
    model: Any = Message._meta.get_field(related).related_model
    nothing: models.QuerySet[Any] = model._default_manager.none()
    return nothing


def request_facts() -> dict[str, Exists | Subquery]:
    """Annotations for conversations: what the next request depends on, by the names of properties."""
    messages = Message.objects.filter(conversation=OuterRef("pk"))
    written = Coalesce("reply__completion_tokens", 0) - Coalesce("reply__reasoning_tokens", 0)
    prompt_tokens = Coalesce("reply__last_prompt_tokens", "reply__prompt_tokens")
    counted = messages.filter(reply__prompt_tokens__isnull=False).order_by("-created_at")
    return {
        "has_images": Exists(messages.filter(images_in_order__isnull=False)),
        "has_files": Exists(messages.filter(files_in_order__isnull=False)),
        "counted_tokens": Subquery(
            counted.values(tokens=prompt_tokens + written)[:1], output_field=models.IntegerField(null=True)
        ),
    }


class Message(models.Model):
    """A question or an answer. `parent` is the message that it follows; messages with one parent are versions."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    role = models.CharField(max_length=9, choices=Role)
    text = models.TextField(blank=True)
    web = models.BooleanField(null=True, blank=True)  # true if answers to it may search the web
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # its content is removed; its place and its cost stay

    class Meta:
        # With the id, so that the list of chats reads no message (chat/pages/sidebar.py).
        indexes = [models.Index(fields=["conversation", "created_at", "id"], name="messages_in_order")]

    def __str__(self) -> str:
        return f"{self.role} message {self.id}"

    @property
    def url(self) -> str:
        """The path of its chat's page, on its branch, with its anchor."""
        reply = getattr(self, "reply", None)
        anchor = f"answer-{reply.pk}" if reply else f"message-{self.pk}"
        return f"{reverse('conversation', args=[self.conversation_id])}?branch={self.pk}#{anchor}"

    def has_no(self, *related: str) -> None:
        """Note that it has none of these `related` objects, so that nobody asks for them."""
        self._prefetched_objects_cache: dict[str, models.QuerySet[Any]] = {
            **getattr(self, "_prefetched_objects_cache", {}),
            **{name: _none_of(name) for name in related},
        }

    @property
    def images(self) -> list["Image"]:
        """Its images, in order."""
        return [placed.image for placed in self.images_in_order.all()]


class Attachment(models.Model):
    """A long text attached to a message, pasted or from a file."""

    LONGEST_BEGINNING = 10_000  # characters that the page shows; the whole text has an address of its own

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
