"""Replies: the answers of models, from the request to the end, and the pieces stored while they run."""

import uuid
from datetime import timedelta
from typing import Self

from django.db import models
from django.urls import reverse
from django.utils import timezone

from chat.models.account import User
from chat.models.conversation import Message
from chat.models.dollars import DollarsField

# Columns that pages do without: they are read when somebody asks for them. Together they may have six megabytes.
LARGE_FIELDS = ("reasoning_details", "file_annotations", "logprobs", "request", "rounds")
LARGE_FIELDS_BY_MESSAGE = tuple(f"reply__{name}" for name in LARGE_FIELDS)  # for queries of messages


class ReplyQuerySet(models.QuerySet["Reply"]):
    def of(self, user: User) -> Self:
        """Replies in the user's chats, except deleted chats."""
        return self.filter(message__conversation__user=user, message__conversation__deleted_at=None)

    def with_key(self) -> Self:
        """With all that is needed to begin them: message, conversation, user and the user's key."""
        return self.select_related("message__conversation__user__stored_key")


_ReplyManager = models.Manager.from_queryset(ReplyQuerySet)


class ReplyManager(_ReplyManager["Reply"]):
    """The default manager: leaves the large columns for later."""

    def get_queryset(self) -> ReplyQuerySet:
        return ReplyQuerySet(self.model, using=self._db).defer(*LARGE_FIELDS)


# As written in the condition of the index `running_replies`: with parameters SQLite would not use that index. Without
# the name of the table, which has another one in subqueries.
RUNNING_SQL = "state IN ('waiting', 'streaming')"


class Decision(models.TextChoices):
    """What a person says to a tool call."""

    ONCE = "once"
    CHAT = "chat"  # also to all that follow in the chat
    NO = "no"


class Reply(models.Model):
    """The answer of a model, beside its `message`: the request, who makes it, the content, the cost, the error.

    `waiting` until the first content, then `streaming`; the other states are final.
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
    INCOMPLETE = (State.STOPPED, State.FAILED, State.INTERRUPTED)
    # How long its cost is looked up after the end: the delays of chat/spending/cost_lookup.py and the last request.
    COST_LOOKUP = timedelta(seconds=190)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="reply")
    state = models.CharField(max_length=11, choices=State, default=State.WAITING)

    # The request.
    model = models.CharField(max_length=200)
    max_completion_tokens = models.PositiveIntegerField()
    reserved = DollarsField(null=True, blank=True)  # the most that it can cost, while it runs; null if nobody asked
    asked_at = models.DateTimeField(default=timezone.now)
    # The incomplete answer that it continues, whose text it begins with (chat/new_replies/continuation.py).
    continues = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="continued_by")
    prefill = models.TextField(blank=True)  # what else it begins with: a text of the person, which the model continues
    is_copy = models.BooleanField(default=False)  # of an answer in another chat, which has the cost
    # Its column, from 1, where several models were asked side by side; another attempt has the same one.
    side_by_side = models.PositiveSmallIntegerField(null=True, blank=True)

    # The process that makes it, which renews the lease; empty until one has claimed it (chat/replies/lease.py).
    worker = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    # Columns that are null for most rows were added without writing the table again, which SQLite does otherwise.
    decisions = models.JSONField(null=True, blank=True)  # about tool calls, by the number of the step: a Decision
    ignores_limits = models.BooleanField(null=True, blank=True)  # true if its person chose to send it anyway

    # The content. The Markdown of the answer is the message's text; `blocks` is the HTML, rendered once.
    reasoning = models.TextField(blank=True)
    blocks = models.JSONField(default=list, blank=True)  # [kind, html] pairs: chat/reply_content/render.py
    citations = models.JSONField(default=list, blank=True)  # see chat/reply_content/sources.py
    started_at = models.DateTimeField(null=True, blank=True)
    first_content_at = models.DateTimeField(null=True, blank=True)
    first_text_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    finish_reason = models.CharField(max_length=50, blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    provider = models.CharField(max_length=200, blank=True)
    generation_id = models.CharField(max_length=200, blank=True)

    # Usage and cost, from OpenRouter; null means unknown, not zero.
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    reasoning_tokens = models.PositiveIntegerField(null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(null=True, blank=True)
    cache_write_tokens = models.PositiveIntegerField(null=True, blank=True)
    last_prompt_tokens = models.PositiveIntegerField(null=True, blank=True)  # of the last of several requests
    cost = models.DecimalField(max_digits=18, decimal_places=12, null=True, blank=True)  # US dollars
    # Null if none are known: chat/openrouter/answer_parts/cost_details.py.
    cost_details = models.JSONField(null=True, blank=True)
    # US dollars, where the stream ended without a cost: chat/replies/running_cost.py. In no sum.
    estimated_cost = models.DecimalField(max_digits=16, decimal_places=10, null=True, blank=True)
    # What is wrong with an answer that had to be JSON: chat/reply_content/answer_format.py; null for any other answer.
    format_problems = models.JSONField(null=True, blank=True)
    is_cost_looked_up = models.BooleanField(default=False)  # after the end, by chat/spending/cost_lookup.py

    # JSON as text, because PostgreSQL's JSON changes the order of names. Null is none, which adds a column at no cost.
    reasoning_details = models.TextField(null=True, blank=True)  # noqa: DJ001  chat/model_request/reasoning_details.py
    file_annotations = models.TextField(null=True, blank=True)  # noqa: DJ001  chat/model_request/file_annotations.py
    logprobs = models.TextField(null=True, blank=True)  # noqa: DJ001  chat/openrouter/answer_parts/logprobs.py
    request = models.TextField(null=True, blank=True)  # noqa: DJ001  chat/model_request/outline.py
    # All of an answer with tool calls, in order; null for others: chat/reply_content/rounds.py
    rounds = models.TextField(null=True, blank=True)  # noqa: DJ001
    logprob_count = models.PositiveIntegerField(null=True, blank=True)  # tokens in `logprobs`

    # Why it failed: a key of chat/streaming/remedies.py, OpenRouter's message, and facts for the sentence.
    error_kind = models.CharField(max_length=50, blank=True)
    error_message = models.TextField(blank=True)
    error_details = models.JSONField(default=dict, blank=True)

    objects = ReplyManager()

    class Meta:
        indexes = [
            models.Index(
                fields=["state", "lease_until"],
                name="running_replies",
                condition=models.Q(state__in=["waiting", "streaming"]),
            ),
            # `finished_at` comes after the texts in a row, which SQLite would read to get there.
            models.Index(fields=["message", "finished_at"], name="ends_of_replies"),
        ]

    def __str__(self) -> str:
        return f"{self.state} reply {self.id}"

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

    @property
    def is_unclaimed(self) -> bool:
        """Whether no process has begun to make it."""
        return self.state == self.State.WAITING and not self.worker

    @property
    def has_prefill(self) -> bool:
        """Whether it begins with text that the model did not write for it: an older answer's, or the person's."""
        return self.continues_id is not None or bool(self.prefill)

    @property
    def is_cost_awaited(self) -> bool:
        """Whether its cost is unknown but still being looked up, so that a page should ask again."""
        if self.cost is not None or not self.generation_id or self.is_copy or self.finished_at is None:
            return False
        return timezone.now() - self.finished_at < self.COST_LOOKUP

    @property
    def can_be_continued(self) -> bool:
        """Whether it has text that is incomplete, so that the model can be asked to continue it."""
        is_too_long = self.state == self.State.COMPLETE and self.finish_reason == "length"
        return (self.state in self.INCOMPLETE or is_too_long) and bool(self.message.text.strip() or self.has_steps)

    @property
    def has_steps(self) -> bool:
        """Whether tools were called for it."""
        return any(kind == "step" for kind, _html in self.blocks)

    @property
    def stream_url(self) -> str:
        return reverse("stream", args=[self.id])

    @property
    def cancellation_url(self) -> str:
        return reverse("cancellation", args=[self.id])

    @property
    def stop_url(self) -> str:
        """The address that stops it, and the answers of other models beside it."""
        return self.cancellation_url + ("?all=1" if self.side_by_side else "")


class Piece(models.Model):
    """A part of a running reply, stored by a checkpoint: numbered, appended, never changed.

    When the reply ends, its content is stored with the message, and the pieces are deleted.
    """

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=9)  # a kind of delta: chat/reply_content/deltas.py
    content = models.TextField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["reply", "number"], name="one_piece_per_number")]

    def __str__(self) -> str:
        return f"piece {self.number} of {self.reply_id}"
