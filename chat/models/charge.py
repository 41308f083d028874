"""The ledger: what each request cost its person. Rows outlive the chats that they are for."""

import uuid
from datetime import UTC, date, datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from chat.models.account import User
from chat.models.dollars import DollarsField

NO_CHAT = uuid.UUID(int=0)  # of a dictation before the first message of a chat
SUMMED = ["user", "day", "model", "conversation", "cost", "estimate", "kind", "prompt_tokens", "completion_tokens"]


class Charge(models.Model):
    """A request that OpenRouter may have charged for.

    It was for an answer (then the row has the id of its reply), a title, a recording that was written down, a part of
    an answer that was read aloud, or the continuation of a text.

    `cost` is what OpenRouter said, None until it has. Until then `estimate` counts against the limits of the person.
    There is no text in it, and no foreign key to the chat, which may be removed.
    """

    class Kind(models.TextChoices):
        ANSWER = "answer"
        TITLE = "title"
        DICTATION = "dictation"
        SPEECH = "speech"
        COMPLETION = "completion"  # more of a text that is no chat

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="charges", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ANSWER)
    conversation = models.UUIDField()  # NO_CHAT if it was for none
    asked_at = models.DateTimeField(default=timezone.now)
    day = models.DateField()  # of `asked_at`, in UTC, as OpenRouter counts days
    model = models.CharField(max_length=200)  # that was asked
    answered_by = models.CharField(max_length=200, blank=True)
    provider = models.CharField(max_length=200, blank=True)
    generation_id = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=11, blank=True)  # of the reply
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    reasoning_tokens = models.PositiveIntegerField(null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = DollarsField(null=True, blank=True)
    estimate = DollarsField(default=0)
    # The requests for it before the last one: pairs of generation id and US dollars, as a text, or null if unknown.
    earlier = models.JSONField(null=True, blank=True)
    # When OpenRouter's records are asked for the cost again; null once it is known, or will not be found any more.
    next_lookup_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # Covers the sums of chat/spending/: by day and model, by chat, and what counts against the limits.
            models.Index(fields=SUMMED, name="charge_sums"),
            models.Index(fields=["user", "-asked_at", "-id"], name="charge_newest"),
            models.Index(fields=["conversation"], name="charge_of_chat"),
            models.Index(fields=["next_lookup_at"], condition=Q(next_lookup_at__isnull=False), name="charge_lookup"),
        ]

    VOICE = (Kind.DICTATION, Kind.SPEECH)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


def utc_day(moment: datetime) -> date:
    """The day in UTC, as OpenRouter counts days."""
    return moment.astimezone(UTC).date()
