"""A reply: one answer of a model, from the moment it is asked for to the end that it came to."""

import uuid
from datetime import timedelta
from typing import Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from chat.models.account import User
from chat.models.conversation import Message


class ReplyQuerySet(models.QuerySet["Reply"]):
    def of(self, user: User) -> Self:
        """Those of a person's chats, except the deleted ones."""
        return self.filter(message__conversation__user=user, message__conversation__deleted_at=None)


class Reply(models.Model):
    """What makes one assistant message.

    `waiting` until the first content, `streaming` until the end; the other states are ends.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        STREAMING = "streaming"
        COMPLETE = "complete"
        STOPPED = "stopped"
        FAILED = "failed"
        INTERRUPTED = "interrupted"

    RUNNING = (State.WAITING, State.STREAMING)
    ENDED = (State.COMPLETE, State.STOPPED, State.FAILED, State.INTERRUPTED)
    CUT = (State.STOPPED, State.FAILED, State.INTERRUPTED)
    COST_LOOKUP = timedelta(seconds=190)  # after the end: the waits of chat/replies/cost_lookup.py and its last request

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="reply")
    state = models.CharField(max_length=11, choices=State, default=State.WAITING)

    # What was asked for.
    model = models.CharField(max_length=200)
    max_completion_tokens = models.PositiveIntegerField()
    asked_at = models.DateTimeField(default=timezone.now)
    # The cut answer that it goes on with: its text is the beginning of this one's (chat/replies/continuation.py).
    continues = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="continued_by")
    is_copy = models.BooleanField(default=False)  # of an answer in another chat, where it is paid for

    # Who makes it. Empty until one process has claimed it; that process renews the lease as long as it lives.
    worker = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(null=True, blank=True)

    # What came. The answer's Markdown is the message's text; `blocks` is its HTML, made once.
    reasoning = models.TextField(blank=True)
    blocks = models.JSONField(default=list, blank=True)  # [kind, html] pairs: chat/replies/render.py
    citations = models.JSONField(default=list, blank=True)  # of {"url", "title"}, as the model named its sources
    started_at = models.DateTimeField(null=True, blank=True)
    first_content_at = models.DateTimeField(null=True, blank=True)
    first_text_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    finish_reason = models.CharField(max_length=50, blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    provider = models.CharField(max_length=200, blank=True)
    generation_id = models.CharField(max_length=200, blank=True)

    # What it cost, as OpenRouter says; null is unknown, not nothing.
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    reasoning_tokens = models.PositiveIntegerField(null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=16, decimal_places=10, null=True, blank=True)  # US dollars
    is_cost_looked_up = models.BooleanField(default=False)  # afterwards: chat/replies/cost_lookup.py

    # Why it failed: a kind of chat/openrouter/errors.py, OpenRouter's own words, and facts for the sentence.
    error_kind = models.CharField(max_length=50, blank=True)
    error_message = models.TextField(blank=True)
    error_details = models.JSONField(default=dict, blank=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["state", "lease_until"],
                name="running_replies",
                condition=models.Q(state__in=["waiting", "streaming"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} reply {self.id}"

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

    @property
    def is_cost_awaited(self) -> bool:
        """Whether its cost is unknown and still being looked up, so that a page does well to ask once more."""
        if self.cost is not None or not self.generation_id or self.is_copy or self.finished_at is None:
            return False
        return timezone.now() - self.finished_at < self.COST_LOOKUP

    @property
    def can_be_continued(self) -> bool:
        """It has a text that is not whole: a model can be asked to go on where that ends."""
        is_cut = self.state in self.CUT or (self.state == self.State.COMPLETE and self.finish_reason == "length")
        return is_cut and bool(self.message.text.strip())

    @property
    def stream_url(self) -> str:
        return reverse("stream", args=[self.id])

    @property
    def cancellation_url(self) -> str:
        return reverse("cancellation", args=[self.id])


class Piece(models.Model):
    """A part of a running reply as it was stored on the way: numbered, appended, never changed.

    When the reply ends its pieces become the message's text and are deleted.
    """

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=9)  # text, reasoning or image
    content = models.TextField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["reply", "number"], name="one_piece_per_number")]

    def __str__(self) -> str:
        return f"piece {self.number} of {self.reply_id}"
